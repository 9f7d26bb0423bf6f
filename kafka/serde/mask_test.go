package serde

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// leaks reports whether what is shown holds a secret, as it is or in a form from
// which it is easily read.
func leaks(shown, secret string) bool {
	for _, form := range []string{secret, hex.EncodeToString([]byte(secret)), strings.Trim(base64.StdEncoding.EncodeToString([]byte(secret)), "=")} {
		if strings.Contains(strings.ToLower(shown), strings.ToLower(form)) {
			return true
		}
	}
	return false
}

// everything is all that a record gives away, by whatever form.
func everything(t *testing.T, s *Serde, rec *kgo.Record) string {
	t.Helper()
	var all strings.Builder
	for _, side := range []Side{Key, Value} {
		for _, form := range Forms() {
			d := s.Await(t.Context(), rec, side, form)
			fmt.Fprintf(&all, "%s %s %s %s %s %v\n", form, d.Text, d.Bytes(), d.Note, d.Reason, d.Err)
		}
	}
	masked := s.Masked(rec)
	fmt.Fprintf(&all, "%s %s %v", masked.Key, masked.Value, masked.Headers)
	for _, h := range masked.Headers {
		fmt.Fprintf(&all, "%s %s\n", h.Key, h.Value)
	}
	return all.String()
}

func TestNothingMaskedLeaksByAnyForm(t *testing.T) {
	const card, name = "4111111111111111", "Ann"
	rules := map[string]MaskRule{
		"fields":  {Fields: []string{"card", "name", "customer_name"}},
		"path":    {Fields: []string{"customer.CARD", "n?me", "*_name"}},
		"pattern": {Pattern: `\d{16}|Ann`},
	}
	for kind, rule := range rules {
		s := newShop(t, rule)
		for _, f := range fixtures() {
			rec := f.read(t)
			if !leaks(string(rec.Value), card) && !leaks(string(rec.Value), name) {
				continue
			}
			if all := everything(t, s, rec); leaks(all, card) || leaks(all, name) {
				t.Errorf("%s: %s gives away a secret: %.600s", kind, f.name, all)
			}
			d := s.Await(t.Context(), rec, Value, Auto)
			if !d.Masked || !strings.Contains(string(d.Text), Hidden) {
				t.Errorf("%s: %s shows %s", kind, f.name, d.Text)
			}
		}
	}
}

func TestMaskedText(t *testing.T) {
	s := newShop(t, MaskRule{Fields: []string{"password", "card.number", "*_token"}}, MaskRule{Pattern: `\b\d{16}\b`}, MaskRule{Pattern: "quiet", Topics: []string{"quiet-*"}})
	for in, want := range map[string]string{
		`{"user":"a","Password":"x","n":1.10}`:                         `{"user":"a","Password":"********","n":1.10}`,
		`{"a":[{"password":{"deep":["x"]}},{"ok":true}]}`:              `{"a":[{"password":"********"},{"ok":true}]}`,
		`{"pass\u0077ord":"x"}`:                                        `{"password":"********"}`,
		`{"card":{"number":"12","x":1},"number":"13"}`:                 `{"card":{"number":"********","x":1},"number":"13"}`,
		`{"api_token":"x","token":"y"}`:                                `{"api_token":"********","token":"y"}`,
		`{"inner":"{\"password\":\"x\",\"id\":1}"}`:                    `{"inner":"{\"password\":\"********\",\"id\":1}"}`,
		`{"inner":"{\"password\":\"x"}`:                                `{"inner":"********"}`,
		`{"note":"pay 4111111111111111 now","n":4111111111111111}`:     `{"note":"pay ******** now","n":"********"}`,
		`{"4111111111111111":1}`:                                       `{"********":1}`,
		`{"password":"x"`:                                              `********`,
		`user=a password=x`:                                            `********`,
		"pay 4111111111111111 now":                                     `pay ******** now`,
		`{"id": 12345678901234567890, "quiet": 1}`:                     `{"id": 12345678901234567890, "quiet": 1}`,
		`{"password":"x"}{"password":"y"}`:                             `********`,
		strings.Repeat("[", 100) + `{"password":"x"}`:                  `********`,
		`{"big":"` + strings.Repeat("x", maxStructured) + `"}`:         `********`,
		"\x0aabcdefghij\x06secret which is text by chance in a record": `********`,
		"\xde\xad\xbe\xef":                                             `********`,
	} {
		rec := &kgo.Record{Topic: "orders", Value: []byte(in)}
		d := s.Decode(rec, Value)
		if string(d.Text) != want {
			t.Errorf("%.80q shows as %.200q, want %q", in, d.Text, want)
		}
		if got := string(s.Masked(rec).Value); got != want {
			t.Errorf("%.80q is copied as %.200q, want %q", in, got, want)
		}
	}
	d := s.Decode(&kgo.Record{Topic: "quiet-1", Value: []byte("be quiet")}, Value)
	if string(d.Text) != "be ********" {
		t.Errorf("in its topic: %s", d.Text)
	}
}

func TestMaskedHeaders(t *testing.T) {
	s := newShop(t, MaskRule{Fields: []string{"authorization"}, Pattern: `\d{16}`, Topics: []string{"orders"}})
	rec := &kgo.Record{Topic: "orders", Headers: []kgo.RecordHeader{
		{Key: "Authorization", Value: []byte("Bearer x")}, {Key: "trace", Value: []byte("abc")}, {Key: "none"},
		{Key: "json", Value: []byte(`{"authorization":"y"}`)}, {Key: "pan 4111111111111111", Value: []byte("4111111111111111")}, {Key: "raw", Value: []byte{0xff, 0x01}},
	}}
	var got []string
	for _, h := range s.Headers(rec) {
		got = append(got, h.Key+"="+string(h.Value))
	}
	want := `Authorization=********|trace=abc|none=|json={"authorization":"********"}|pan ********=********|raw=********`
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
	if rec.Topic = "payments"; string(s.Masked(rec).Headers[0].Value) != "Bearer x" || s.Masks("payments") {
		t.Error("the rule holds for another topic")
	}
}

// TestASchemaThatIsMissingHidesAll must not show the bytes that a mask might
// mean.
func TestASchemaThatIsMissingHidesAll(t *testing.T) {
	s := newShop(t, MaskRule{Fields: []string{"card"}})
	rec := &kgo.Record{Topic: "orders", Value: framedWith(88, nil, []byte("\x20secret words"))}
	if d := s.Decode(rec, Value); !d.Waiting || leaks(string(d.Bytes())+string(d.Text), "secret") {
		t.Errorf("while it waits: %+v", d)
	}
	if all := everything(t, s, rec); leaks(all, "secret") {
		t.Errorf("it gives away:\n%s", all)
	}
	if d := s.Await(t.Context(), rec, Value, Auto); d.Err == nil || d.SchemaID != 88 {
		t.Errorf("the reason is lost: %+v", d)
	}
}

// TestASchemaDoesNotQuote keeps what a JSON schema says about a masked value to
// itself.
func TestASchemaDoesNotQuote(t *testing.T) {
	s := newShop(t, MaskRule{Fields: []string{"id"}})
	rec := &kgo.Record{Topic: "orders", Value: framedWith(3, nil, []byte(`{"id":"secret"}`))}
	if all := everything(t, s, rec); leaks(all, "secret") {
		t.Errorf("it gives away:\n%s", all)
	}
}

func TestMaskRulesThatCannotWork(t *testing.T) {
	for want, rule := range map[string]MaskRule{
		"hides nothing":       {Topics: []string{"x"}},
		"matches nothing":     {Pattern: "x*"},
		"error parsing":       {Pattern: "("},
		"is not a name":       {Fields: []string{"a..b"}},
		"syntax error in pat": {Fields: []string{"x"}, Topics: []string{"["}},
	} {
		if err := rule.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", rule, err, want)
		}
	}
}

// TestNothingMaskedIsWrittenAgain, and what is not masked is written by its text: the
// bytes may hold more than may be seen.
func TestNothingMaskedIsWrittenAgain(t *testing.T) {
	s := newShop(t, MaskRule{Fields: []string{"card"}})
	for _, tc := range []struct{ name, value, want string }{
		{"masked", string(framedWith(1, nil, orderInAvro(t))), ""},
		{"nothing is masked", string(framedWith(3, nil, []byte(`{"id":7}`))), string(framedWith(3, nil, []byte(`{"id":7}`)))},
		{"a short text behind a frame", string(framedWith(3, nil, []byte(`7`))), ""},
		{"a float of 32 bits", "\x81\xa1a\xca\x3d\xcc\xcc\xcd", ""},
		{"a float of 64 bits", "\x81\xa1a\xcb\x40\x14\x00\x00\x00\x00\x00\x00", "\x81\xa1a\xcb\x40\x14\x00\x00\x00\x00\x00\x00"},
	} {
		d := s.Await(t.Context(), valueOf([]byte(tc.value)), Value, Auto)
		if !d.Repeats(d.Text) {
			t.Errorf("%s: its bytes would be told", tc.name)
		}
		data, _, err := s.Again(t.Context(), "elsewhere", Value, d, d.Text)
		if (err == nil) != (tc.want != "") || string(data) != tc.want {
			t.Errorf("%s: %s is written as %q (%v), want %q", tc.name, d.Text, data, err, tc.want)
		}
	}
}
