// Command run starts Apache Kafka, runs a command with the way to it in
// KDECK_TEST_KAFKA, and ends with the command's exit code. Nothing is left
// running, however it ends. Without a command it runs the tests of every package
// whose tests take their cluster from kafkatest.
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
	"slices"
	"sync"
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
	err := run(ctx, *pom, *bare, flag.Args())
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintln(os.Stderr, "test-kafka:", err)
	return 1
}

// exitCode is how the command ended by itself: it has said why.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("the command ended with %d", int(c)) }

func run(ctx context.Context, pom string, bare bool, command []string) error {
	if len(command) == 0 {
		var err error
		if command, err = testCommand(ctx); err != nil {
			return err
		}
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
	shared := kafkatest.Shared{Libs: libs}
	var clusters []*kafkatest.Nodes
	defer func() {
		for _, nodes := range clusters {
			nodes.Close()
		}
	}()
	if !bare {
		began := time.Now()
		if clusters, err = launch(ctx, libs, dir, kafkatest.Spec{Brokers: 3, Secure: true}, kafkatest.Spec{Brokers: 1}); err != nil {
			return err
		}
		fmt.Printf("Apache Kafka with three brokers, and another with one, run after %.1f s\n", time.Since(began).Seconds())
		shared.Three, shared.One = clusters[0].Running(), clusters[1].Running()
	}
	path, err := handOver(dir, pom, shared)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), kafkatest.Env+"="+path)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.WaitDelay = 10 * time.Second
	err = kafkatest.RunWhole(cmd)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) { // nobody interrupted it
		for _, nodes := range clusters {
			fmt.Fprintln(os.Stderr, nodes.Complaints())
		}
	}
	var exit *exec.ExitError
	switch cause := context.Cause(ctx); {
	case cause != nil:
		return fmt.Errorf("%w: %w", cause, err)
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exitCode(exit.ExitCode())
	}
	return err
}

// launch starts clusters all at once. Those that have started are returned with an
// error too.
func launch(ctx context.Context, libs, dir string, specs ...kafkatest.Spec) ([]*kafkatest.Nodes, error) {
	clusters := make([]*kafkatest.Nodes, len(specs))
	errs := make([]error, len(specs))
	var wg sync.WaitGroup
	for i, spec := range specs {
		wg.Go(func() {
			clusters[i], errs[i] = kafkatest.Launch(ctx, libs, filepath.Join(dir, fmt.Sprint("cluster-", i)), spec)
			if errs[i] == nil {
				errs[i] = clusters[i].Coordinate(ctx)
			}
		})
	}
	wg.Wait()
	started := slices.DeleteFunc(clusters, func(n *kafkatest.Nodes) bool { return n == nil })
	return started, errors.Join(errs...)
}

// handOver writes the file that KDECK_TEST_KAFKA names.
func handOver(dir, pom string, shared kafkatest.Shared) (string, error) {
	tools, err := filepath.Abs(filepath.Join(filepath.Dir(pom), "Tools.java"))
	if err != nil {
		return "", err
	}
	shared.Tools = tools
	text, err := json.Marshal(shared)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "cluster.json")
	return path, os.WriteFile(path, text, 0o600)
}
