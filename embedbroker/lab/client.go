package lab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/kdeck/kdeck/embedbroker/faults"
)

// Client controls a cluster that runs in another process.
type Client struct {
	dataDir string
	http    http.Client
}

// Connect finds the cluster that runs on a data folder. It fails when there is
// none.
func Connect(dataDir string) (*Client, error) {
	socket, err := path(dataDir)
	if err != nil {
		return nil, err
	}
	c := &Client{dataDir: dataDir}
	c.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	return c, nil
}

// Status returns the state of the brokers, of at most limit partitions of topics,
// of all topics when none is named, and the faults.
func (c *Client) Status(ctx context.Context, limit int, topics ...string) (Status, error) {
	query := url.Values{"limit": {strconv.Itoa(limit)}, "topic": topics}
	var s Status
	return s, c.ask(ctx, http.MethodGet, "/status?"+query.Encode(), nil, &s)
}

// Do does something to a broker; rate is for Slow.
func (c *Client) Do(ctx context.Context, action Action, broker int32, rate int64) (Status, error) {
	var s Status
	return s, c.ask(ctx, http.MethodPost, fmt.Sprintf("/brokers/%d/%s?rate=%d", broker, action, rate), nil, &s)
}

// Clean applies retention and compacts at once.
func (c *Client) Clean(ctx context.Context) error {
	return c.ask(ctx, http.MethodPost, "/clean", nil, &struct{}{})
}

// AddFault adds a rule and returns it with its id.
func (c *Client) AddFault(ctx context.Context, r faults.Rule) (faults.Rule, error) {
	raw, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	return r, c.ask(ctx, http.MethodPost, "/faults", bytes.NewReader(raw), &r)
}

// RemoveFault removes a rule, or all for 0, and returns those that are left.
func (c *Client) RemoveFault(ctx context.Context, id int) ([]faults.Rule, error) {
	var left []faults.Rule
	return left, c.ask(ctx, http.MethodDelete, "/faults/"+strconv.Itoa(id), nil, &left)
}

// Events visits what happened after the event of that number, 0 for all that is
// remembered; with follow, also what happens until ctx or the cluster ends.
func (c *Client) Events(ctx context.Context, after int64, follow bool, visit func(Event) error) error {
	resp, err := c.send(ctx, http.MethodGet, fmt.Sprintf("/events?after=%d&follow=%v", after, follow), nil)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	lines := json.NewDecoder(resp.Body)
	for {
		var e Event
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && follow, ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("read the events of the cluster on %s: %w", c.dataDir, err)
		}
		if err := visit(e); err != nil {
			return err
		}
	}
}

// ask sends a request and reads its answer into value.
func (c *Client) ask(ctx context.Context, method, path string, body io.Reader, value any) error {
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	if err := json.NewDecoder(resp.Body).Decode(value); err != nil {
		return fmt.Errorf("read the answer of the cluster on %s: %w", c.dataDir, err)
	}
	return nil
}

// send sends a request; an answer that refuses it is an error.
func (c *Client) send(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://lab"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		var urlErr *url.Error
		if errors.As(err, &urlErr) {
			err = urlErr.Err
		}
		return nil, fmt.Errorf("ask the cluster on %s: %w; is it still running?", c.dataDir, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	var f failure
	if err := json.NewDecoder(resp.Body).Decode(&f); err != nil || f.Error == "" {
		return nil, fmt.Errorf("the cluster on %s answers %s", c.dataDir, resp.Status)
	}
	return nil, errors.New(f.Error)
}
