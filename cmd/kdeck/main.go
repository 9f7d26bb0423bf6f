// Command kdeck is a terminal operations console for Apache Kafka.
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/embedbroker"
	"github.com/kdeck/kdeck/embedbroker/demo"
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
	if servers == "demo" {
		cluster, err := embedbroker.Start(embedbroker.Config{Name: "demo", Ephemeral: true})
		if err != nil {
			return err
		}
		defer cluster.Close()
		traffic, err := demo.Start(context.Background(), cluster.Addrs())
		if err != nil {
			return err
		}
		defer traffic.Close()
		servers = strings.Join(cluster.Addrs(), ",")
	}
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
