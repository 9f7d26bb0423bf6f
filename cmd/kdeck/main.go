// Command kdeck is a terminal operations console for Apache Kafka.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "kdeck:", err)
		os.Exit(1)
	}
}

func run() error {
	servers := os.Args[1]
	client, err := kafka.New(kafka.Config{Name: servers, Opts: []kgo.Opt{kgo.SeedBrokers(strings.Split(servers, ",")...)}})
	if err != nil {
		return err
	}
	keys, err := keymap.New(nil)
	if err != nil {
		return err
	}
	_, err = tea.NewProgram(tui.New(context.Background(), tui.Options{Client: client, Keys: keys})).Run()
	return err
}
