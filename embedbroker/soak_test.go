package embedbroker_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/kdeck/kdeck/embedbroker/check"
)

// soakEnv lengthens the soak: the duration of each of its parts, as in "10m".
const soakEnv = "KDECK_SOAK"

// soaked is a cluster that is broken again and again, on the same ports.
type soaked struct {
	t       *testing.T
	dir     string
	brokers int
	port    int
	child   *child
}

func startSoaked(t *testing.T, dir string, brokers int) *soaked {
	t.Helper()
	s := &soaked{t: t, dir: dir, brokers: brokers}
	var err error
	for range 20 {
		s.port = 20_000 + rand.IntN(10_000) // below what systems give out
		if err = s.start(); err == nil {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.child.kill() })
	return s
}

func (s *soaked) start() error {
	c, err := launchChild(s.dir, s.brokers, s.port)
	if err == nil {
		s.child = c
	}
	return err
}

func (s *soaked) addrs() []string {
	var addrs []string
	for i := range s.brokers {
		addrs = append(addrs, fmt.Sprintf("127.0.0.1:%d", s.port+i))
	}
	return addrs
}

func (s *soaked) kill(context.Context) error {
	s.child.kill()
	return s.start()
}

// killTwice kills the process again while it may still repair.
func (s *soaked) killTwice(ctx context.Context) error {
	if err := s.kill(ctx); err != nil {
		return err
	}
	return s.kill(ctx)
}

func (s *soaked) stop(context.Context) error {
	if err := s.child.stop(); err != nil {
		return fmt.Errorf("%w: %s", err, s.child.stderr)
	}
	return s.start()
}

// full fills the disk for a while, and does something to the cluster meanwhile.
func (s *soaked) full(disk string, then func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		fillDisk(s.t, disk)
		<-time.After(rand.N(time.Second))
		err := then(ctx)
		emptyDisk(s.t, disk)
		return err
	}
}

func nothing(context.Context) error { return nil }

// TestSoak breaks clusters while clients use them, for 90 seconds in all, or for as
// long as KDECK_SOAK says for each part: make soak.
func TestSoak(t *testing.T) {
	for _, part := range []struct {
		name    string
		brokers int
		network check.Network
		disk    string
		length  time.Duration
	}{
		{"kills and stops", 1, check.Network{Delay: 5 * time.Millisecond}, "", 30 * time.Second},
		{"late and lost answers", 3, check.Network{Delay: 60 * time.Millisecond, Lose: 0.002}, "", 30 * time.Second},
		{"full disks", 1, check.Network{Delay: 5 * time.Millisecond}, "512m", 30 * time.Second},
	} {
		t.Run(part.name, func(t *testing.T) {
			length := part.length
			if text := os.Getenv(soakEnv); text != "" {
				var err error
				if length, err = time.ParseDuration(text); err != nil {
					t.Fatalf("%s: %v", soakEnv, err)
				}
			}
			dir, disk := t.TempDir(), ""
			if part.disk != "" {
				if disk = smallDisk(t, part.disk); disk == "" {
					t.Log("this system mounts no small disk: disks stay as they are")
				} else {
					dir = disk + "/data"
				}
			}
			s := startSoaked(t, dir, part.brokers)
			faults := []check.Fault{{Name: "kill", Do: s.kill}, {Name: "stop", Do: s.stop}, {Name: "kill twice", Do: s.killTwice}}
			if disk != "" {
				faults = append(faults,
					check.Fault{Name: "full disk", Do: s.full(disk, nothing)},
					check.Fault{Name: "full disk and kill", Do: s.full(disk, s.kill)},
					check.Fault{Name: "full disk and stop", Do: s.full(disk, s.stop)})
			}
			ctx, cancel := context.WithTimeout(context.Background(), length+3*time.Minute)
			defer cancel()
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			broken, err := check.Run(ctx, check.Config{
				Addrs: s.addrs, Faults: faults, Between: 3 * time.Second, Network: part.network,
				Duration: length, Patience: 30 * time.Second, Log: t.Logf, Seed: seed,
			})
			if err != nil {
				t.Fatal(errors.Join(err, errors.New(s.child.stderr.String())))
			}
			for i, b := range broken {
				if i == 20 {
					t.Errorf("and %d more", len(broken)-i)
					break
				}
				t.Error(b)
			}
		})
	}
}
