package kafkatest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Resolve returns the folder with the jars that the pom names: Maven puts them
// into the user's cache the first time.
func Resolve(ctx context.Context, pom string) (string, error) {
	text, err := os.ReadFile(pom)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	libs := filepath.Join(cache, "kdeck", fmt.Sprintf("kafka-%x", sha256.Sum256(text))[:22])
	if _, err := os.Stat(libs); err == nil {
		return libs, nil
	}
	part := fmt.Sprintf("%s.%d", libs, os.Getpid())
	defer func() { _ = os.RemoveAll(part) }() // when it has not become libs
	fmt.Println("resolving Apache Kafka into", libs)
	mvn := exec.CommandContext(ctx, "mvn", "-q", "-B", "-f", pom, "dependency:copy-dependencies", "-DoutputDirectory="+part)
	mvn.Stdout, mvn.Stderr = os.Stdout, os.Stderr
	if err := mvn.Run(); err != nil {
		return "", fmt.Errorf("resolve %s with Maven: %w", pom, err)
	}
	if err := os.Rename(part, libs); err != nil && !errors.Is(err, os.ErrExist) {
		if _, statErr := os.Stat(libs); statErr != nil { // nobody else was quicker
			return "", err
		}
	}
	return libs, nil
}
