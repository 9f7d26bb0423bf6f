// Command run starts Apache Kafka, runs a command with the way to it in
// KDECK_TEST_KAFKA, and ends with the command's exit code. Nothing is left
// running, however it ends.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kdeck/kdeck/kafka/kafkatest"
)

func main() { os.Exit(start()) }

// start returns the exit code.
func start() int {
	pom := flag.String("pom", "testdata/kafka/pom.xml", "Maven `file` that names Apache Kafka")
	bare := flag.Bool("bare", false, "start no cluster: tests start their own")
	timeout := flag.Duration("timeout", 20*time.Minute, "how long everything may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	brokers := 3
	if *bare {
		brokers = 0
	}
	err := run(ctx, *pom, brokers, flag.Args())
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "test-kafka:", err)
	return 1
}

func run(ctx context.Context, pom string, brokers int, command []string) error {
	if len(command) == 0 {
		return errors.New("no command to run")
	}
	libs, err := kafkatest.Resolve(ctx, pom)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kdeck-kafka-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	nodes := new(kafkatest.Nodes)
	if brokers > 0 {
		began := time.Now()
		if nodes, err = kafkatest.Launch(ctx, libs, dir, brokers); err != nil {
			return err
		}
		defer nodes.Close()
		fmt.Printf("Apache Kafka with %d brokers runs after %.1f s\n", brokers, time.Since(began).Seconds())
	}
	path, err := handOver(libs, dir, pom, nodes)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), kafkatest.Env+"="+path)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	err = cmd.Run()
	if err != nil {
		fmt.Fprintln(os.Stderr, nodes.Complaints())
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("%w: %w", cause, err)
	}
	return err
}

// handOver writes the file that KDECK_TEST_KAFKA names.
func handOver(libs, dir, pom string, nodes *kafkatest.Nodes) (string, error) {
	tools, err := filepath.Abs(filepath.Join(filepath.Dir(pom), "Tools.java"))
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(kafkatest.Shared{Libs: libs, Tools: tools, ID: nodes.ID, Servers: nodes.Servers, Pids: nodes.Pids()})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cluster.json")
	return path, os.WriteFile(path, text, 0o600)
}
