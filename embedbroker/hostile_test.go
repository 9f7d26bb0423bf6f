package embedbroker_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestHostileRequests sends requests that are well formed and mean harm, of
// every API key and version, and expects the cluster to live. What the
// responses hold (member ids, topic ids, producer ids) goes into later
// requests, so that they reach deep.
//
// KDECK_HOSTILE makes it run longer: a duration such as 5m.
func TestHostileRequests(t *testing.T) {
	const requests = 4000 // a few seconds
	var until time.Time
	if s := os.Getenv("KDECK_HOSTILE"); s != "" {
		d, err := time.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		until = time.Now().Add(d)
	}
	seed := uint64(1) // the same requests in every short run
	if !until.IsZero() {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	cluster := startChild(t, t.TempDir(), 3)
	h := newHostile(seed, cluster.addrs)
	for i := 0; until.IsZero() && i < requests || time.Now().Before(until); i++ {
		h.step()
		if !cluster.running() {
			t.Fatalf("the cluster died: %v\n%s\nlast requests:\n%s", cluster.err, cluster.stderr, strings.Join(h.log, "\n"))
		}
	}
	h.closeAll()
	if err := h.alive(); err != nil {
		t.Fatalf("the cluster does not answer: %v\n%s\nlast requests:\n%s", err, cluster.stderr, strings.Join(h.log, "\n"))
	}
	t.Logf("%d requests, %d answered", h.sent, h.answered)
	if h.answered < h.sent/10 {
		t.Error("nearly all requests were refused: they do not reach the handlers")
	}
	if err := cluster.stop(); err != nil {
		t.Fatalf("the cluster did not stop in order: %v\n%s", err, cluster.stderr)
	}
}

// hostile makes requests and keeps what it learned from the responses.
type hostile struct {
	*rand.Rand
	addrs    []string
	conns    []net.Conn
	keys     []kmsg.ApiVersionsResponseApiKey
	strings  []string
	uuids    [][16]byte
	longs    []int64
	log      []string
	sent     int
	answered int
}

func newHostile(seed uint64, addrs []string) *hostile {
	h := &hostile{
		Rand:  rand.New(rand.NewPCG(seed, 1)),
		addrs: addrs,
		conns: make([]net.Conn, len(addrs)),
		strings: []string{
			"", "t0", "t1", "t2", "g0", "g1", "tx0", "tx1", "range", "uniform", "consumer", "..", "*", "a/b", "\x00\xff",
			"retention.ms", "cleanup.policy", "compact", "log.cleaner.backoff.ms", "offsets.retention.check.interval.ms",
			"share.record.lock.sweep.interval.ms", "segment.bytes", "max.message.bytes", "0", "-1", "1", "9223372036854775807",
			"SCRAM-SHA-256", "user", "client-id", "ip", "0", "1", "2", strings.Repeat("x", 300), strings.Repeat("y", 32000),
		},
		uuids: make([][16]byte, 1),
		longs: []int64{-1 << 63, -2, -1, 0, 1, 5, math.MaxInt64},
	}
	return h
}

const exchangeTimeout = 50 * time.Millisecond // long enough for an answer, short for a parked request

// step sends one request to one of the brokers.
func (h *hostile) step() {
	if h.keys == nil {
		req := kmsg.NewPtrApiVersionsRequest()
		if resp := h.exchange(len(h.addrs)-1, req); resp != nil {
			h.keys = resp.(*kmsg.ApiVersionsResponse).ApiKeys
		}
		return
	}
	key := h.keys[h.IntN(len(h.keys))]
	req := kmsg.RequestForKey(key.ApiKey)
	req.SetVersion(key.MinVersion + int16(h.IntN(int(key.MaxVersion-key.MinVersion)+1)))
	h.fill(reflect.ValueOf(req).Elem(), "", 0)
	h.temper(req)
	broker := len(h.addrs) - 1 // the controller
	if h.IntN(3) == 0 {
		broker = h.IntN(len(h.addrs))
	}
	h.exchange(broker, req)
}

// exchange sends req and learns from the response, if one comes.
func (h *hostile) exchange(broker int, req kmsg.Request) kmsg.Response {
	h.sent++
	h.log = append(h.log, fmt.Sprintf("broker %d: %s v%d %.600s", broker, kmsg.NameForKey(req.Key()), req.GetVersion(), fmt.Sprintf("%+v", req)))
	h.log = h.log[max(0, len(h.log)-25):]
	resp, err := h.try(broker, req)
	if err != nil {
		if h.conns[broker] != nil {
			h.conns[broker].Close()
			h.conns[broker] = nil
		}
		return nil
	}
	h.answered++
	h.learn(reflect.ValueOf(resp).Elem())
	return resp
}

func (h *hostile) try(broker int, req kmsg.Request) (kmsg.Response, error) {
	if h.conns[broker] == nil {
		c, err := net.Dial("tcp", h.addrs[broker])
		if err != nil {
			return nil, err
		}
		h.conns[broker] = c
	}
	c := h.conns[broker]
	if err := c.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return nil, err
	}
	msg := kmsg.NewRequestFormatter(kmsg.FormatterClientID("hostile")).AppendRequest(nil, req, 1)
	if _, err := c.Write(msg); err != nil {
		return nil, err
	}
	if p, ok := req.(*kmsg.ProduceRequest); ok && p.Acks == 0 {
		return nil, errors.New("no response to acks=0")
	}
	body, err := readFrame(c)
	if err != nil {
		return nil, err
	}
	if len(body) < 4 {
		return nil, errors.New("short response")
	}
	body = body[4:]
	resp := req.ResponseKind()
	if resp.IsFlexible() && resp.Key() != 18 {
		body = body[1:]
	}
	return resp, resp.ReadFrom(body)
}

func readFrame(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(r, body)
	return body, err
}

// alive asks every broker for its versions over new connections.
func (h *hostile) alive() error {
	for _, addr := range h.addrs {
		c, err := net.DialTimeout("tcp", addr, testTimeout)
		if err != nil {
			return err
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(testTimeout)); err != nil {
			return err
		}
		msg := kmsg.NewRequestFormatter().AppendRequest(nil, kmsg.NewPtrMetadataRequest(), 1)
		if _, err := c.Write(msg); err != nil {
			return err
		}
		if _, err := readFrame(c); err != nil {
			return err
		}
	}
	return nil
}

func (h *hostile) closeAll() {
	for i, c := range h.conns {
		if c != nil {
			c.Close()
			h.conns[i] = nil
		}
	}
}

// fill gives every field of v a value, usual or not.
func (h *hostile) fill(v reflect.Value, name string, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Name != "UnknownTags" && (depth > 0 || f.Name != "Version") {
				h.fill(v.Field(i), f.Name, depth+1)
			}
		}
	case reflect.Pointer:
		if h.IntN(4) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		h.fill(v.Elem(), name, depth)
	case reflect.Slice:
		h.slice(v, name, depth)
	case reflect.String:
		v.SetString(h.text(name))
	case reflect.Bool:
		v.SetBool(h.IntN(2) == 0)
	case reflect.Float64:
		v.SetFloat([]float64{0, -1, math.Inf(1), math.NaN(), 1e9}[h.IntN(5)])
	case reflect.Array:
		v.Set(reflect.ValueOf(h.uuids[h.IntN(len(h.uuids))]).Convert(v.Type()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(h.Uint64N(1 << 16))
	default:
		v.SetInt(h.number(v))
	}
}

func (h *hostile) text(name string) string {
	switch {
	case name == "Topic" || name == "Topics" || name == "TopicNames":
		if h.IntN(8) > 0 {
			return h.strings[1+h.IntN(3)]
		}
	case strings.HasPrefix(name, "Group"):
		if h.IntN(8) > 0 {
			return h.strings[4+h.IntN(2)]
		}
	case name == "TransactionalID":
		if h.IntN(8) > 0 {
			return h.strings[6+h.IntN(2)]
		}
	}
	return h.strings[h.IntN(len(h.strings))]
}

func (h *hostile) number(v reflect.Value) int64 {
	bits := v.Type().Bits()
	switch h.IntN(10) {
	case 0:
		return -1 << (bits - 1)
	case 1:
		return 1<<(bits-1) - 1
	case 2:
		return -1
	case 3:
		return -2
	case 4, 5:
		if bits == 64 {
			return h.longs[h.IntN(len(h.longs))]
		}
		return int64(h.IntN(1000)) & (1<<(bits-1) - 1)
	default:
		return int64(h.IntN(6))
	}
}

func (h *hostile) slice(v reflect.Value, name string, depth int) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(h.blob(name))
		return
	}
	if h.IntN(8) == 0 {
		v.SetZero()
		return
	}
	n := []int{0, 1, 1, 1, 2, 3}[h.IntN(6)]
	if h.IntN(100) == 0 && depth < 3 {
		n = 200
	}
	v.Set(reflect.MakeSlice(v.Type(), n, n))
	for i := range n {
		h.fill(v.Index(i), name, depth+1)
	}
}

// learn keeps the names and numbers of a response.
func (h *hostile) learn(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				h.learn(v.Field(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			h.learn(v.Elem())
		}
	case reflect.Slice:
		for i := range min(v.Len(), 4) {
			h.learn(v.Index(i))
		}
	case reflect.String:
		if s := v.String(); s != "" && len(s) < 200 {
			h.strings = remember(h, h.strings, 36, s)
		}
	case reflect.Array:
		if id, ok := v.Interface().([16]byte); ok && id != [16]byte{} {
			h.uuids = remember(h, h.uuids, 1, id)
		}
	case reflect.Int64:
		h.longs = remember(h, h.longs, 7, v.Int())
	}
}

// remember appends x, or puts it in the place of something learned before.
func remember[T any](h *hostile, known []T, fixed int, x T) []T {
	if len(known) < fixed+30 {
		return append(known, x)
	}
	known[fixed+h.IntN(30)] = x
	return known
}
