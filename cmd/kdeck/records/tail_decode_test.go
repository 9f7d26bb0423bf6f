package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/target"
	"github.com/kdeck/kdeck/kafka"
	"github.com/kdeck/kdeck/kafka/admin"
	"github.com/kdeck/kdeck/kafka/profile"
	"github.com/kdeck/kdeck/kafka/serde"
)

// decodeWith gives the commands the decoding settings of a context.
func (l *tailLab) decodeWith(t *testing.T, settings profile.Context) {
	t.Helper()
	l.connect = func(ctx context.Context, _ *target.Flags) (*admin.Client, error) {
		decoder, err := settings.Serde(ctx, "")
		if err != nil {
			return nil, err
		}
		return admin.New(kafka.Config{Name: "lab", Serde: decoder, Opts: []kgo.Opt{kgo.SeedBrokers(l.servers...)}})
	}
}

// startRegistry is a registry that has an Avro record of these fields alone, with
// the id 12.
func startRegistry(t *testing.T, fields string) *profile.SchemaRegistry {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/schemas/ids/12" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		fmt.Fprintf(w, `{"schema":%q}`, `{"type":"record","name":"Order","fields":[`+fields+`]}`)
	}))
	t.Cleanup(server.Close)
	return &profile.SchemaRegistry{URL: server.URL}
}

func TestTailDecodes(t *testing.T) {
	registry := startRegistry(t, `{"name":"id","type":"long"},{"name":"note","type":"string"}`)
	l := newTailLab(t)
	l.write(t,
		&kgo.Record{Key: binary.BigEndian.AppendUint64(nil, 42), Value: []byte("\x00\x00\x00\x00\x0c\x0e\x06a\u202e")},
		&kgo.Record{Key: []byte("k"), Value: []byte("\x00\x00\x00\x00\x0c\x0e\x08a\u202e")},
		&kgo.Record{Key: []byte("k"), Value: []byte("\x00\x00\x00\x00\x58\x0e\x00")},
		&kgo.Record{Key: []byte("k"), Value: []byte(`{"id":1.10}`), Headers: []kgo.RecordHeader{{Key: "h", Value: []byte("secret")}}},
	)
	l.decodeWith(t, profile.Context{SchemaRegistry: registry})
	all := []string{"orders", "--from", "earliest", "--follow=false", "--partition", "0"}
	json := func(args ...string) (lines []string, errOut string) {
		t.Helper()
		out, errOut, err := l.run(t, append(append(all, "--output", "json"), args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(out), "\n"), errOut
	}
	lines, errOut := json()
	for i, want := range [][]string{
		{`"key":42,`, `"value":"\u0000\u0000\u0000\u0000\u000c\u000e\u0006a\u202e"`, `"keyForm":"int64"`, `"valueSchemaId":12,"valueError":"decode by schema id 12 (Avro Order)`},
		{`"value":{"id":7,"note":"a\u202e"}`, `"headers":[],"valueForm":"registry","valueSchema":"Avro Order","valueSchemaId":12}`},
		{`"value":"\u0000\u0000\u0000\u0000X\u000e\u0000"`, `"valueSchemaId":88,"valueError":"schema id 88: the registry`},
		{`"key":"k","value":"{\"id\":1.10}","headers":[{"key":"h","value":"secret"}]}`},
	} {
		for _, part := range want {
			if !strings.Contains(lines[i], part) {
				t.Errorf("%s\nhas no %s", lines[i], part)
			}
		}
	}
	if !strings.Contains(errOut, "the value at 0:0 is not decoded: decode by schema id 12") || !strings.Contains(errOut, "the value at 0:2 is not decoded: schema id 88") {
		t.Errorf("stderr says %q", errOut)
	}
	if lines, _ := json("--decode", "raw"); !strings.Contains(lines[0], `"key":"\u0000\u0000\u0000\u0000\u0000\u0000\u0000*"`) || strings.Contains(lines[1], "Form") {
		t.Errorf("raw: %s", lines)
	}
	if lines, _ := json("--decode", "json"); !strings.Contains(lines[3], `"value":{"id":1.10}`) {
		t.Errorf("as JSON: %s", lines[3])
	}
	if _, _, err := l.run(t, append(all, "--decode", "xml")...); err == nil || !strings.Contains(err.Error(), " or raw") {
		t.Errorf("--decode xml: %v", err)
	}
	out, _, err := l.run(t, all...)
	if err != nil || !strings.Contains(out, "\t42\t") || !strings.Contains(out, "\tk\t{\"id\":7,\"note\":\"a\uFFFD\"}\n") {
		t.Errorf("as text: %q %v", out, err)
	}
	out, _, err = l.run(t, append(all, "--decode", "hex")...)
	if err != nil || !strings.Contains(out, "\t0x6b\t0x0000000058") {
		t.Errorf("as hex: %q %v", out, err)
	}
}

// TestSearchDoesNotQuoteWhatIsMasked where it fails: the reason quotes the value.
func TestSearchDoesNotQuoteWhatIsMasked(t *testing.T) {
	l := newTailLab(t)
	l.write(t, &kgo.Record{Value: []byte(`{"card":"411x"}`)})
	args := []string{"orders", "int(value.card) > 0"}
	if _, errOut, _, _ := l.search(t, args...); !strings.Contains(errOut, "411x") {
		t.Errorf("without masks the reason is %q", errOut)
	}
	l.decodeWith(t, profile.Context{Mask: []serde.MaskRule{{Fields: []string{"card"}}}})
	if _, errOut, code, _ := l.search(t, args...); strings.Contains(errOut, "411") || !strings.Contains(errOut, "could not be compared and were left out; the first") || code != 1 {
		t.Errorf("with masks the reason is %q, the exit code %d", errOut, code)
	}
}

// TestSearchFindsNothingMasked whatever is looked for and however records are written;
// what is not masked is found as it reads.
func TestSearchFindsNothingMasked(t *testing.T) {
	l := newTailLab(t)
	l.write(t,
		&kgo.Record{Key: []byte("card=411"), Value: []byte(`{"id":1,"card":"411","note":"x"}`), Headers: []kgo.RecordHeader{{Key: "card", Value: []byte("411")}}},
		&kgo.Record{Value: []byte("\x00\x00\x00\x00\x0c\x06ann\x06411")},
		&kgo.Record{Value: []byte{0xff, 0xad, '4', '1', '1'}},
		&kgo.Record{Value: []byte("plain 411"), Headers: []kgo.RecordHeader{{Key: "trace", Value: []byte("411")}}},
	)
	searches := map[string]int{ // and how many records they find without masks
		"411": 4, "/4[1]1/": 4, `value.card == "411"`: 1, `headers["card"] == "411"`: 1, `value contains "411"`: 4, `value.card != nil and value.card startsWith "4"`: 1,
	}
	for search, want := range searches {
		if out, errOut, _, _ := l.search(t, "orders", search); strings.Count(out, "\n") != want {
			t.Errorf("without masks %s finds %q (%s)", search, out, errOut)
		}
	}
	registry := startRegistry(t, `{"name":"name","type":"string"},{"name":"card","type":"string"}`)
	l.decodeWith(t, profile.Context{SchemaRegistry: registry, Mask: []serde.MaskRule{{Fields: []string{"card"}}, {Pattern: "411"}}})
	for _, order := range []string{"arrival", "timestamp"} {
		for search := range searches {
			if out, errOut, code, err := l.search(t, "orders", search, "--order", order); code != 1 {
				t.Errorf("with masks %s finds %q (%s, %v)", search, out, errOut, err)
			}
		}
		for search, want := range map[string]string{`value.note == "x"`: `"offset":0`, `value.name == "ann"`: `"offset":1`, "plain": `"offset":3`, `size == 5`: `"offset":2`} {
			if out, errOut, code, err := l.search(t, "orders", search, "--order", order); code != 0 || strings.Count(out, "\n") != 1 || !strings.Contains(out, want) {
				t.Errorf("with masks %s finds %q (%s, %v)", search, out, errOut, err)
			}
		}
	}
}

func TestTailMasks(t *testing.T) {
	l := newTailLab(t)
	l.write(t, &kgo.Record{Key: []byte("card=vis"), Value: []byte(`{"id":1,"card":"vis"}`), Headers: []kgo.RecordHeader{{Key: "card", Value: []byte("vis")}}},
		&kgo.Record{Value: []byte{0xff, 0xad, 'v', 'i', 's'}})
	l.decodeWith(t, profile.Context{Mask: []serde.MaskRule{{Fields: []string{"card"}}}})
	decodings := formsOrRaw()
	for _, output := range []string{"text", "json", "raw"} {
		for _, decode := range decodings.Words() {
			out, errOut, err := l.run(t, "orders", "--from", "earliest", "--follow=false", "--output", output, "--decode", decode)
			if err != nil || strings.Contains(out+errOut, "vis") || strings.Contains(out, "766973") || !strings.Contains(out, "********") {
				t.Errorf("%s as %s: %q %q %v", output, decode, out, errOut, err)
			}
			out, errOut, code, err := l.search(t, "orders", `value.id == 1`, "--output", output, "--decode", decode)
			if code != 0 || strings.Contains(out+errOut, "vis") || !strings.Contains(out, "********") {
				t.Errorf("search, %s as %s: %q %q %v", output, decode, out, errOut, err)
			}
		}
	}
}
