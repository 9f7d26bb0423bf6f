package tail_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/keymap"
	"github.com/kdeck/kdeck/tui"
	"github.com/kdeck/kdeck/tui/tuitest"
)

const orderSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[{"name":"id","type":"long"},{"name":"card","type":"string"}]}`

// order is an order as a producer with a schema registry writes it.
func order(t *testing.T, schemaID byte, id int64) []byte {
	t.Helper()
	data, err := avro.MustParse(orderSchema).AppendEncode([]byte{0, 0, 0, 0, schemaID}, map[string]any{"id": id, "card": "visa-41111111111"})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// startRegistry is a registry with one schema, of id 12. Schema 99 it does not
// answer until the test ends.
func startRegistry(t *testing.T) string {
	t.Helper()
	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/schemas/ids/12":
			fmt.Fprintf(w, `{"schema":%q}`, orderSchema)
		case "/schemas/ids/99":
			select {
			case <-end:
			case <-r.Context().Done():
			}
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code":40403,"message":"Schema not found"}`)
		}
	}))
	t.Cleanup(func() { close(end); server.Close() })
	return server.URL
}

// openWith starts the console with the decoding settings of a context.
func (l *lab) openWith(t *testing.T, settings profile.Context, stateDir string, w, h int) *tuitest.Screen {
	t.Helper()
	settings.Name, settings.BootstrapServers = "lab", l.Servers
	decoder, err := settings.Serde(t.Context(), stateDir)
	if err != nil {
		t.Fatal(err)
	}
	client, err := admin.New(kafka.Config{Name: "lab", RequestTimeout: 2 * time.Second, Serde: decoder, Opts: []kgo.Opt{kgo.SeedBrokers(l.Servers...)}})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return tuitest.Start(t, tui.New(t.Context(), tui.Options{Client: client, Keys: keys, Open: "tail orders"}), w, h)
}

func TestRecordsAreDecodedByARegistry(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	registry := profile.Context{SchemaRegistry: &profile.SchemaRegistry{URL: startRegistry(t)}}
	l.write(t,
		&kgo.Record{Topic: "orders", Key: binary.BigEndian.AppendUint64(nil, 42), Value: order(t, 12, 7)},
		&kgo.Record{Topic: "orders", Key: []byte("unknown"), Value: order(t, 88, 8)},
		&kgo.Record{Topic: "orders", Key: []byte("plain"), Value: []byte("just text")},
	)
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		s := l.openWith(t, registry, t.TempDir(), size[0], size[1])
		s.WaitFor("3 held", `{"id":7,"card":"v`, "42", "✗ schema id 88: ", "just text")
		s.Type("home", "enter").WaitFor("orders/0 @0", "value registry (auto), 23 B", "starts with a zero byte and schema id 12: Confluent wire format",
			"schema id 12: Avro shop.Order", `"id": 7,`, "key int64, 8 B", "number below 2^56")
		s.Type("y").WaitFor("sent to the terminal")
		if got := s.Clipboard(); got != `{"id":7,"card":"visa-41111111111"}` {
			t.Errorf("copied %q", got)
		}
		s.Type("Y").WaitFor("sent to the terminal: the record")
		if got := s.Clipboard(); !strings.HasSuffix(got, `"key":42,"value":{"id":7,"card":"visa-41111111111"},"headers":[],"keyForm":"int64","valueForm":"registry","valueSchema":"Avro shop.Order","valueSchemaId":12}`) {
			t.Errorf("copied %q", got)
		}
		s.Type("tab", "tab").WaitFor("not JSON")
		s.Type("tab").WaitFor("value registry, 23 B")
		s.Type("tab").WaitFor("value hex,", "00000000  00 00 00 00 0c")
		s.Type("tab", "n").WaitFor("orders/0 @1", "value hex (auto)", "schema id 88: the registry", "answers 404 Not Found", "00 00 00 00 58")
		s.Type("n").WaitFor("just text", "text (auto)")
		s.Type("esc").WaitFor("stopped at 0:2")
	}
}

// TestARegistryThatDoesNotAnswerStopsNothing follows a topic while a schema is
// waited for in vain.
func TestARegistryThatDoesNotAnswerStopsNothing(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.write(t, &kgo.Record{Topic: "orders", Value: order(t, 99, 7)})
	registry := profile.Context{SchemaRegistry: &profile.SchemaRegistry{URL: startRegistry(t)}}
	s := l.openWith(t, registry, t.TempDir(), 160, 48)
	s.WaitFor("reading schema id 99 …")
	l.write(t, &kgo.Record{Topic: "orders", Value: []byte("meanwhile")})
	s.WaitFor("meanwhile", "2 held")
	s.Type("enter").WaitFor("@1", "meanwhile")
	s.Type("esc").WaitFor("did not answer within 5s")
	s.Type("home", "enter").WaitFor("did not answer within 5s", "value hex (auto)", "00 00 00 00 63")
}

func TestAChosenFormIsRemembered(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	l.write(t, &kgo.Record{Topic: "orders", Key: []byte("abcd"), Value: []byte{0x40, 0x09, 0x1e, 0xb8, 0x51, 0xeb, 0x85, 0x1f}})
	state := t.TempDir()
	s := l.openWith(t, profile.Context{}, state, 80, 24)
	s.WaitFor("0x40091eb851eb851f", "abcd")
	s.Type("d").WaitFor("read the value of orders as", "▌ auto", "hex: no text", "float64", "3.14", "enter remembers it")
	s.Type("esc").WaitGone("read the value")
	s.Type("d", "down", "down", "down", "down").WaitFor("▌ float64")
	s.Type("enter").WaitFor("3.14", "value as float64").WaitGone("0x40091")
	s.Type("d", "tab").WaitFor("read the key of orders as", "int32", "1633837924")
	s.Type("esc", "enter").WaitFor("value float64 (auto)", "chosen", "3.14")
	s.Type("d", "up", "up", "up", "up", "enter").WaitFor("value hex (auto)")
	s.Type("d", "down", "down", "down", "down", "enter").WaitFor("value float64 (auto)")
	s = l.openWith(t, profile.Context{}, state, 160, 48)
	s.WaitFor("3.14", "value as float64")
}

// TestMaskedFieldsAreNeverOnTheScreen hides a word: digits may stand on a record's
// screen by chance, in a producer id or a time.
func TestMaskedFieldsAreNeverOnTheScreen(t *testing.T) {
	l := newLab(t)
	l.create(t, "orders", 1)
	settings := profile.Context{
		SchemaRegistry: &profile.SchemaRegistry{URL: startRegistry(t)},
		Mask:           []serde.MaskRule{{Fields: []string{"card"}}},
	}
	l.write(t,
		&kgo.Record{Topic: "orders", Key: []byte(`{"card":"visa-41111111111"}`), Value: order(t, 12, 7),
			Headers: []kgo.RecordHeader{{Key: "card", Value: []byte("visa-41111111111")}}},
		&kgo.Record{Topic: "orders", Value: order(t, 88, 8)},
		&kgo.Record{Topic: "orders", Value: []byte(`{"id":9,"card":"visa-41111111111"}`)},
	)
	for _, size := range [][2]int{{80, 24}, {160, 48}} {
		s := l.openWith(t, settings, t.TempDir(), size[0], size[1])
		clean := func() {
			t.Helper()
			if screen := s.Text(); strings.Contains(screen, "visa") || strings.Contains(screen, "76 69 73 61") {
				t.Errorf("the screen shows what is masked:\n%s", screen)
			}
		}
		s.WaitFor("3 held", `{"id":7,"card":"********"}`, `{"id":9,"card":"********"}`, "********  ✗ schema id 88")
		clean()
		s.Type("d").WaitFor("read the value of orders as")
		clean()
		s.Type("esc", "home", "enter").WaitFor("orders/0 @0", `"card": "********"`)
		for range 6 { // every form
			s.Type("tab")
			s.WaitFor(`********`)
			clean()
		}
		s.Type("y").WaitFor("sent to the terminal")
		if got := s.Clipboard(); strings.Contains(got, "visa") {
			t.Errorf("copied %q", got)
		}
		s.Type("esc").WaitFor("stopped at 0:0")
	}
}

// TestMaskedFieldsLeaveByNoWay takes a record out by copies and files, and by a
// search with what is around its match.
func TestMaskedFieldsLeaveByNoWay(t *testing.T) {
	t.Chdir(t.TempDir())
	l := newLab(t)
	l.create(t, "orders", 1)
	settings := profile.Context{SchemaRegistry: &profile.SchemaRegistry{URL: startRegistry(t)}, Mask: []serde.MaskRule{{Fields: []string{"card"}}}}
	const secret = `{"id":9,"card":"visa-41111111111"}`
	l.write(t,
		&kgo.Record{Topic: "orders", Value: order(t, 12, 7)},
		&kgo.Record{Topic: "orders", Key: []byte(secret), Value: []byte(secret), Headers: []kgo.RecordHeader{{Key: "card", Value: []byte("visa-41111111111")}}},
	)
	s := l.openWith(t, settings, t.TempDir(), 160, 48)
	clean := func(way, got string) {
		t.Helper()
		if strings.Contains(got, "visa") || !strings.Contains(got, serde.Hidden) {
			t.Errorf("%s: %s", way, got)
		}
	}
	written := func(name string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			t.Error(err)
		}
		clean(name, string(data))
	}
	s.WaitFor("2 held", `{"id":9,"card":"********"}`, `{"id":7,"card":"********"}`)
	for _, screen := range []string{"the tail", "the record"} {
		for _, copied := range [][2]string{{"y", "sent to the terminal: the value"}, {"K", "sent to the terminal: the key"}, {"Y", "sent to the terminal: the record"}} {
			s.Type(copied[0]).WaitFor(copied[1])
			clean(copied[0]+" on "+screen, s.Clipboard())
		}
		if screen == "the tail" {
			s.Type("enter").WaitFor("orders/0 @1")
		}
	}
	s.Type("esc").WaitFor("2 held")
	for i, name := range []string{"orders.jsonl", "orders.csv", "orders.raw"} {
		s.Type("e").WaitFor("file orders.jsonl")
		if i > 0 {
			s.Type("backspace", "backspace", "backspace", "backspace", "backspace", strings.TrimPrefix(name, "orders."))
		}
		s.Type("enter").WaitFor("wrote 2 records to " + name)
		written(name)
	}
	s.Type("/", "visa").WaitFor("0 of 2", "masked is not searched")
	s.Type("enter").WaitFor("nothing found in 2 records")
	s.Type("esc").WaitFor("2 held", "masked")
	s.Type("/", `value.id in [7, 9] and value.card startsWith "v"`, "enter").WaitFor("nothing found in 2 records")
	s.Type("esc").WaitFor("2 held")
	s.Type("/", `value.id in [7, 9]`, "enter").WaitFor("2 found")
	s.Type("esc").WaitFor("2 held")
	s.Type("/", `"card"`, "enter").WaitFor("2 found", "searched, following")
	clean("the search", s.Text())
	s.Type("x").WaitFor("stopped at 0:1", `{"id":7,"card":"********"}`)
	clean("what is around a match", s.Text())
	s.Type("/", `int(value.card + "x") > 0`, "enter").WaitFor("not comparable")
	if !strings.Contains(s.Text(), "not comparable · ") || strings.Contains(s.Text(), "visa") {
		t.Errorf("why a record cannot be compared:\n%s", s.Text())
	}
}
