package records

import (
	"context"
	"fmt"
	"io"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/kafka/records/jsonl"
	"github.com/kdeck/kdeck/kafka/serde"
	"github.com/kdeck/kdeck/kafka/unpack"
	"github.com/kdeck/kdeck/tui/text"
)

// formRaw leaves keys and values as they are: no form, since nothing is read.
const formRaw serde.Form = "raw"

// forms is a choice of a form of keys and values, auto being the default.
func forms() option.Choice {
	var names []string
	for _, f := range serde.Forms() {
		names = append(names, string(f))
	}
	return option.OneOf(names...).Or(string(serde.Auto))
}

// formsOrRaw is the same with formRaw.
func formsOrRaw() option.Choice {
	all := forms()
	return option.OneOf(append(all.Words(), string(formRaw))...).Or(string(serde.Auto))
}

// reading decodes the records of a command, and notes what could not be decoded.
type reading struct {
	ctx   context.Context
	serde *serde.Serde
	form  serde.Form

	errOut io.Writer
	noted  map[string]bool
}

func newReading(ctx context.Context, s *serde.Serde, form serde.Form, errOut io.Writer) *reading {
	return &reading{ctx: ctx, serde: s, form: form, errOut: errOut, noted: make(map[string]bool)}
}

// raw returns the bytes of a side, less what is masked.
func (r *reading) raw(rec *kgo.Record, side serde.Side) []byte {
	return r.serde.Await(r.ctx, rec, side, serde.Hex).Bytes()
}

// refused returns what a record tells of a batch that was not read, or nil, and tells
// on stderr how to read it.
func (r *reading) refused(rec *kgo.Record) *unpack.Oversize {
	large := unpack.Of(rec)
	if large != nil {
		r.note(fmt.Sprintf("%d:%d ", rec.Partition, rec.Offset), large.Error()+"; --batch-limit reads more, up to "+text.Bytes(unpack.Most))
	}
	return large
}

// side decodes a side of a record. It waits for a schema.
func (r *reading) side(rec *kgo.Record, side serde.Side) serde.Decoded {
	form := r.form
	if form == formRaw {
		form = serde.Hex
	}
	d := r.serde.Await(r.ctx, rec, side, form)
	if d.Err != nil {
		r.note(fmt.Sprintf("the %s at %d:%d is not decoded: ", side, rec.Partition, rec.Offset), d.Err.Error())
	}
	return d
}

// note says on stderr why something is not decoded, each reason once.
func (r *reading) note(where, why string) {
	const most = 100
	if r.noted[why] || len(r.noted) >= most {
		return
	}
	r.noted[why] = true
	fmt.Fprintln(r.errOut, "kdeck:", where+text.Clean(why))
}

func (r *reading) appendClean(line []byte, rec *kgo.Record, side serde.Side, absent string) []byte {
	data := rec.Value
	if side == serde.Key {
		data = rec.Key
	}
	if data == nil {
		return append(line, absent...)
	}
	switch d := r.side(rec, side); {
	case d.Form == serde.Hex && r.form == serde.Hex:
		return fmt.Appendf(line, "0x%x", d.Bytes())
	case jsonl.AsIs(d, r.form):
		return append(line, text.Clean(string(d.Bytes()))...)
	default:
		return append(line, text.Clean(string(d.Text))...)
	}
}
