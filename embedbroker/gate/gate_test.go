package gate

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// newGate returns an open gate for broker 0 whose engine is the test.
func newGate(t testing.TB, apis []kmsg.ApiVersionsResponseApiKey, handlers map[int16]Handler) *Listener {
	t.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := NewListener(tcp, Config{Handlers: handlers, Budget: NewBudget(0)})
	t.Cleanup(func() { l.Close() })
	l.Open(apis)
	return l
}

// request encodes a request with its length.
func request(req kmsg.Request, version int16, corr int32) []byte {
	req.SetVersion(version)
	return kmsg.NewRequestFormatter(kmsg.FormatterClientID("test")).AppendRequest(nil, req, corr)
}

// readEngine reads one request as the engine does.
func readEngine(c io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(c, body)
	return body, err
}

// send feeds raw bytes to a gate and returns the requests that reach the
// engine before the gate closes the connection.
func send(l *Listener, raw []byte) [][]byte {
	client, server := net.Pipe()
	c := l.newConn(server)
	defer c.Close()
	go func() {
		_, _ = client.Write(raw) // fails when the gate closes
		client.Close()
	}()
	var got [][]byte
	for {
		body, err := readEngine(c)
		if err != nil {
			return got
		}
		got = append(got, body)
	}
}

func TestGateRefuses(t *testing.T) {
	l := newGate(t, served(t), nil)
	good := request(kmsg.NewPtrListGroupsRequest(), 4, 7)
	frame := func(body ...byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
	}
	tests := []struct {
		name string
		raw  []byte
	}{
		{"nothing", nil},
		{"half a length", []byte{0, 0}},
		{"negative length", []byte{0xff, 0xff, 0xff, 0xff, 0, 3, 0, 1}},
		{"zero length", []byte{0, 0, 0, 0}},
		{"length beyond the limit", []byte{0x06, 0x40, 0x00, 0x01, 0, 0, 0, 9, 0, 0}},
		{"large length of a small request", []byte{0x01, 0, 0, 0, 0, 3, 0, 1, 0, 0}},
		{"half a request", good[:len(good)-3]},
		{"unknown API key", frame(0x03, 0xe7, 0, 0, 0, 0, 0, 1, 0xff, 0xff)},
		{"negative API key", frame(0xff, 0xff, 0, 0, 0, 0, 0, 1, 0xff, 0xff)},
		{"API key of brokers", frame(0, 4, 0, 0, 0, 0, 0, 1, 0xff, 0xff)},
		{"unknown version", frame(0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff)},
		{"negative version", frame(0, 3, 0xff, 0xff, 0, 0, 0, 1, 0xff, 0xff)},
		{"client id beyond the request", frame(0, 3, 0, 1, 0, 0, 0, 1, 0x7f, 0xff)},
		{"endless header tags", frame(0, 3, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)},
		{"array count beyond the request", frame(0, 3, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0, 0x01, 0, 0)},
		{"endless body tags", frame(0, 16, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0, 1, 1, 0xff, 0xff, 0xff, 0xff, 0x0f)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := send(l, tt.raw); len(got) != 0 {
				t.Errorf("the engine got % x", got)
			}
			got := send(l, append(bytes.Clone(good), tt.raw...))
			if len(got) != 1 || !bytes.Equal(got[0], good[4:]) {
				t.Errorf("the engine got % x, want the good request before it", got)
			}
		})
	}
}

// ApiVersions of a version to come is not refused, whatever it holds.
func TestGateNewerApiVersions(t *testing.T) {
	l := newGate(t, served(t), nil)
	raw := []byte{0, 0, 0, 12, 0, 18, 0x7f, 0xff, 0, 0, 0, 9, 0x7f, 0xff, 0xff, 0xff}
	got := send(l, raw)
	if len(got) != 1 {
		t.Fatalf("the engine got %d requests, want 1", len(got))
	}
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version = 0x7fff
	want := kmsg.NewRequestFormatter().AppendRequest(nil, req, 9)[4:]
	if !bytes.Equal(got[0], want) {
		t.Errorf("the engine got % x, want % x", got[0], want)
	}
}

func TestGateClampsFetchWait(t *testing.T) {
	l := newGate(t, served(t), nil)
	for _, version := range []int16{4, 14, 15, 16} {
		for asked, want := range map[int32]int32{500: 500, 1<<31 - 1: 60_000} {
			req := kmsg.NewPtrFetchRequest()
			req.MaxWaitMillis = asked
			got := send(l, request(req, version, 1))
			if len(got) != 1 {
				t.Fatalf("v%d: the engine got %d requests, want 1", version, len(got))
			}
			h, err := parseHeader(got[0], l.apis)
			if err != nil {
				t.Fatal(err)
			}
			seen := kmsg.NewPtrFetchRequest()
			seen.Version = version
			if err := seen.ReadFrom(got[0][h.body:]); err != nil || seen.MaxWaitMillis != want {
				t.Errorf("v%d: the engine waits %d ms (%v), want %d", version, seen.MaxWaitMillis, err, want)
			}
		}
	}
}

// A claimed length takes no memory before its bytes arrive.
func TestGateClaimedLength(t *testing.T) {
	l := newGate(t, served(t), nil)
	const conns = 200
	claim := []byte{0x00, 0x1f, 0xff, 0xff, 0, 0, 0, 9, 0, 0} // 2 MiB of Produce
	before := heap()
	for range conns {
		client, server := net.Pipe()
		c := l.newConn(server)
		t.Cleanup(func() { client.Close(); c.Close() })
		go func() { _, _ = readEngine(c) }()
		if _, err := client.Write(claim); err != nil {
			t.Fatal(err)
		}
	}
	if took := heap() - before; took > conns*100<<10 {
		t.Errorf("%d connections that claimed 2 MiB took %d bytes", conns, took)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Requests that a handler answers keep the order of the connection.
func TestGateAnswersInOrder(t *testing.T) {
	refuse := errors.New("refused")
	l := newGate(t, served(t), map[int16]Handler{
		int16(kmsg.DeleteGroups): func(req kmsg.Request) (kmsg.Response, kmsg.Request, error) {
			groups := req.(*kmsg.DeleteGroupsRequest).Groups
			if len(groups) == 0 {
				return nil, nil, refuse
			}
			if groups[0] == "other" {
				return nil, kmsg.NewPtrDeleteGroupsRequest(), nil
			}
			resp := kmsg.NewPtrDeleteGroupsResponse()
			resp.Groups = []kmsg.DeleteGroupsResponseGroup{{Group: groups[0]}}
			return resp, nil, nil
		},
	})
	client, server := net.Pipe()
	c := l.newConn(server)
	defer c.Close()
	defer client.Close()
	if err := client.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	del := func(groups ...string) kmsg.Request {
		req := kmsg.NewPtrDeleteGroupsRequest()
		req.Groups = groups
		return req
	}
	go func() {
		raw := request(kmsg.NewPtrListGroupsRequest(), 0, 1)
		raw = append(raw, request(del("mine"), 0, 2)...)
		raw = append(raw, request(del("other"), 0, 3)...)
		raw = append(raw, request(del(), 0, 4)...)
		_, _ = client.Write(raw)
	}()
	go func() { // the engine reads ahead and answers late
		for {
			body, err := readEngine(c)
			if err != nil {
				return
			}
			corr := body[4:8]
			go func() { _, _ = c.Write(append([]byte{0, 0, 0, 4}, corr...)) }()
		}
	}()
	for want := int32(1); want <= 3; want++ {
		body, err := readEngine(client)
		if err != nil {
			t.Fatalf("response %d: %v", want, err)
		}
		if got := int32(binary.BigEndian.Uint32(body)); got != want {
			t.Fatalf("got response %d, want %d", got, want)
		}
		if own := len(body) > 4; own != (want == 2) {
			t.Fatalf("response %d has %d bytes", want, len(body))
		}
	}
	if _, err := readEngine(client); err == nil {
		t.Error("the connection is open after a refused request")
	}
	if s := l.Stats(); s.Rejected != 1 || len(s.APIs) != 2 || s.Connections != 0 {
		t.Errorf("stats are %+v", s)
	}
}

// FuzzFraming feeds arbitrary bytes to the gate: what reaches the engine is
// served, decodes, and is never more than what came in.
func FuzzFraming(f *testing.F) {
	apis := served(f)
	l := newGate(f, apis, nil)
	known := newAPITable(apis)
	for _, k := range apis {
		f.Add(request(kmsg.RequestForKey(k.ApiKey), k.MaxVersion, 1))
		f.Add(request(kmsg.RequestForKey(k.ApiKey), k.MinVersion, 1))
	}
	f.Add([]byte{0, 0, 0, 10, 0x03, 0xe7, 0, 0, 0, 0, 0, 1, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, raw []byte) {
		total := 0
		for _, frame := range send(l, raw) {
			total += 4 + len(frame)
			if newer := newerAPIVersions(frame, known); newer != nil {
				total = 0 // not what came in
				continue
			}
			h, err := parseHeader(frame, known)
			if err != nil {
				t.Fatalf("the engine got % x: %v", frame, err)
			}
			req := kmsg.RequestForKey(h.key)
			req.SetVersion(h.version)
			_ = req.ReadFrom(frame[h.body:]) // the engine closes on an error
		}
		if total > len(raw) {
			t.Fatalf("%d bytes became %d", len(raw), total)
		}
	})
}
