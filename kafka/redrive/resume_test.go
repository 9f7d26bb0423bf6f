package redrive_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kdeck/kdeck/kafka/kafkatest"
	"github.com/kdeck/kdeck/kafka/redrive"
)

// stopped runs a plan until so many records are stored.
func (c *cluster) stopped(t *testing.T, plan *redrive.Plan, after int64) redrive.Report {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	meter := &redrive.Meter{}
	go func() {
		until(func() bool { return ctx.Err() != nil || meter.Progress().Stored >= after })
		stop()
	}()
	report, err := redrive.Run(ctx, c.client, plan, meter, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestAStoppedRunIsGoneOnWith(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(4, 1, nil, "dlq")
	c.Create(3, 1, nil, "orders")
	c.fill(t, 6000)
	req := wanted(t, "failed", "orders")
	req.Rate = 20_000 // slow enough to be stopped
	report := c.stopped(t, c.count(t, req), 500)
	if report.Stopped == nil || report.Unsent == 0 || report.Stored+report.Unsent != 3000 || report.State == "" {
		t.Fatalf("%+v", report)
	}
	left := c.left(t, report.State)
	if plan := c.count(t, left); plan.Matches != report.Unsent || plan.Rate != 20_000 {
		t.Errorf("left %d of %d at %v/s", plan.Matches, report.Unsent, plan.Rate)
	}
	second := c.stopped(t, c.count(t, left), 500)
	if second.State != report.State {
		t.Errorf("another file: %s", second.State)
	}
	if third := c.resume(t, second.State); !third.Complete() || third.State != "" || report.Stored+second.Stored+third.Stored != 3000 {
		t.Errorf("%+v, %+v, %+v", report, second, third)
	}
	if wrong := same(c.read(t, "orders"), c.matching(t, "failed"), true); wrong != "" {
		t.Error(wrong)
	}
	if _, err := redrive.Load(report.State); err == nil {
		t.Error("the file is still there")
	}
}

// TestADeadRunIsGoneOnWith puts the file of a run back to what it was when nothing was
// known to be stored, as it is after a death.
func TestADeadRunIsGoneOnWith(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(4, 3, nil, "dlq")
	c.Create(3, 3, nil, "orders", "together")
	c.fill(t, 2000)
	for _, to := range []string{"orders", "together"} {
		req := wanted(t, "failed", to)
		if to == "together" {
			req.Options.Transaction = "kdeck-redrive-test"
		}
		plan := c.count(t, req)
		req.Rate, plan.Rate = 2000, 2000
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		meter, before := &redrive.Meter{}, make(chan []byte, 1)
		go func() {
			defer stop()
			until(func() bool { return meter.Progress().Stored >= 300 })
			files, _ := os.ReadDir(c.client.RedriveDir())
			data, _ := os.ReadFile(c.client.RedriveDir() + "/" + files[0].Name())
			before <- data
		}()
		report, err := redrive.Run(ctx, c.client, plan, meter, nil)
		if err != nil {
			t.Fatal(err)
		}
		data := <-before
		if err := os.WriteFile(report.State, data, 0o600); err != nil {
			t.Fatal(err)
		}
		state, err := redrive.Load(report.State)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := state.Resume(t.Context(), c.client); err == nil || !strings.Contains(err.Error(), "was under way") {
			t.Errorf("%s: a run that may be alive is gone on with: %v", to, err)
		}
		state.Saved = state.Saved.Add(-time.Hour)
		if data, err = json.Marshal(state); err != nil || os.WriteFile(report.State, data, 0o600) != nil {
			t.Fatal(err)
		}
		again := c.resume(t, report.State)
		if !again.Complete() || to == "orders" && again.Stored >= 1000 {
			t.Errorf("%s: %+v", to, again)
		}
		if wrong := same(c.settled(t, to, 1000), c.matching(t, "failed"), true); wrong != "" {
			t.Errorf("%s: %s", to, wrong)
		}
	}
}

// TestASilentBroker stalls a broker of the destination, until what is under way is
// given up.
func TestASilentBroker(t *testing.T) {
	c := start(t, kafkatest.Config{Faults: true})
	c.Create(4, 1, nil, "dlq")
	c.Create(3, 1, nil, "orders")
	c.fill(t, 3000)
	req := wanted(t, "", "orders")
	req.Options.Timeout = 3 * time.Second
	req.Rate = 1500
	plan := c.count(t, req)
	meter := &redrive.Meter{}
	stalled := make(chan struct{})
	go func() {
		defer close(stalled)
		until(func() bool { return meter.Progress().Stored >= 200 })
		c.Embedded.Stall(1, true)
		until(func() bool { return meter.Progress().Failed >= 1 })
		c.Embedded.Stall(1, false)
	}()
	report, err := redrive.Run(t.Context(), c.client, plan, meter, nil)
	<-stalled
	if err != nil {
		t.Fatal(err)
	}
	if report.Unknown == 0 || report.Stored+report.Failed+report.Unsent != 3000 || report.State == "" {
		t.Fatalf("%+v", report)
	}
	for again := report; again.State != ""; {
		req := c.left(t, again.State)
		req.Rate = 0
		plan := c.count(t, req)
		again = c.run(t, plan)
		if !again.Complete() {
			t.Fatalf("%+v", again)
		}
	}
	if wrong := same(c.read(t, "orders"), c.read(t, "dlq"), false); wrong != "" {
		t.Error(wrong)
	}
}

// TestABrokerDies kills one of three while records are sent: others lead its
// partitions then.
func TestABrokerDies(t *testing.T) {
	c := start(t, kafkatest.Config{Own: true})
	c.Create(4, 3, nil, "dlq")
	c.Create(3, 3, nil, "orders")
	c.fill(t, 6000)
	req := wanted(t, "", "orders")
	req.Options.Timeout, req.Rate = time.Minute, 2000
	meter := &redrive.Meter{}
	go func() {
		until(func() bool { return meter.Progress().Stored >= 500 })
		c.Nodes.Kill(1)
	}()
	plan := c.count(t, req)
	report, err := redrive.Run(t.Context(), c.client, plan, meter, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; report.State != "" && n < 5; n++ {
		report = c.resume(t, report.State)
	}
	if report.State != "" {
		t.Fatalf("%+v", report)
	}
	if wrong := same(c.read(t, "orders"), c.read(t, "dlq"), false); wrong != "" {
		t.Error(wrong)
	}
}

// TestAResumeThatCannotBe is told why.
func TestAResumeThatCannotBe(t *testing.T) {
	c := start(t, kafkatest.Config{})
	c.Create(4, 1, nil, "dlq")
	c.Create(3, 1, nil, "orders")
	c.fill(t, 3000)
	req := wanted(t, "", "orders")
	req.Rate = 10_000
	report := c.stopped(t, c.count(t, req), 100)
	state, err := redrive.Load(report.State)
	if err != nil {
		t.Fatal(err)
	}
	state.Open, state.NoOrigin = true, true
	if _, notes, err := state.Resume(t.Context(), c.client); err != nil || !strings.Contains(fmt.Sprint(notes), "twice") {
		t.Errorf("without origins: %v, %v", notes, err)
	}
	c.Delete("orders")
	c.Create(3, 1, nil, "orders")
	if _, _, err := state.Resume(t.Context(), c.client); err == nil || !strings.Contains(err.Error(), "orders was deleted and created again") {
		t.Errorf("another destination: %v", err)
	}
	for name, data := range map[string]string{"broken": "{", "of another version": `{"version":9}`} {
		if err := os.WriteFile(report.State, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := redrive.Load(report.State); err == nil || !strings.Contains(err.Error(), report.State) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
