package produce

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/kdeck/kdeck/kafka/serde"
)

// Item is one message of an input.
type Item struct {
	Line    int64 // where it begins, from 1
	Message Message
	// Key and Value say what the bytes of the message still are.
	Key, Value Part
	Err        error // why the line is no message, with what to write instead
}

// Part says how the key or the value of an item is to be encoded.
type Part struct {
	// Form is "" for bytes that are written as they are, serde.Auto for what is
	// written in the form that holds for the topic, or the form that the line names.
	Form serde.Form
	JSON bool // it is a JSON value, a string in quotes among them
	// Spec is by which schema it is written, as far as the line says it; its Form is
	// that of the part.
	Spec serde.Spec
	// Was are the bytes that it was decoded from, where encoding it would make others;
	// nil is none.
	Was []byte
}

// Input reads messages.
type Input interface {
	// Read appends to items, up to their capacity, what has arrived, and waits only
	// for the first. The error is io.EOF after the last one.
	Read(items []Item) ([]Item, error)
}

// mostLine bounds a line: Kafka's default of socket.request.max.bytes, so that no
// broker takes a larger record.
const mostLine = 100 << 20

var errLongLine = fmt.Errorf("it has more than %d MiB, which no broker takes", mostLine>>20)

// lines is an Input that has a message in each line.
type lines struct {
	from  lineReader
	parse func(line []byte, item *Item) error
	blank bool // a line without anything is a message too
}

// arena copies lines into pieces of memory that several share, which costs less
// than one for each.
type arena []byte

// pieceBytes is small, since one message that waits keeps a whole piece.
const pieceBytes = 4 << 10

// clone is a copy of data. Its capacity ends with it.
func (a *arena) clone(data []byte) []byte {
	if len(data) > pieceBytes/4 {
		return bytes.Clone(data)
	}
	if *a == nil || cap(*a)-len(*a) < len(data) {
		*a = make([]byte, 0, pieceBytes)
	}
	begin := len(*a)
	*a = append(*a, data...)
	return (*a)[begin:len(*a):len(*a)]
}

func (l *lines) Read(items []Item) ([]Item, error) {
	for len(items) < cap(items) {
		line, err := l.from.next(len(items) == 0)
		switch {
		case errors.Is(err, errLongLine):
			items = append(items, Item{Line: l.from.line, Err: err})
			continue
		case errors.Is(err, errNotYet):
			return items, nil
		case err != nil && len(items) > 0:
			return items, nil // and again with the next call
		case err != nil:
			return items, err
		case !l.blank && len(bytes.TrimSpace(line)) == 0:
			continue
		}
		items = append(items, Item{Line: l.from.line, Message: Message{Partition: AnyPartition}})
		item := &items[len(items)-1]
		item.Err = l.parse(line, item)
	}
	return items, nil
}

// lineReader splits a stream into lines, which end with LF or CR LF.
type lineReader struct {
	from   io.Reader
	buffer []byte
	begin  int // of the line that comes next
	looked int // up to where there is no line feed
	end    int // of what has been read
	long   bool
	line   int64 // the number of the last line
	err    error // of the stream
}

// errNotYet says that the stream would have to be waited for.
var errNotYet = errors.New("no line has arrived")

// next returns a line, which holds until the next call. With wait it waits for
// one, and else it may return errNotYet.
func (r *lineReader) next(wait bool) ([]byte, error) {
	for {
		if i := bytes.IndexByte(r.buffer[r.looked:r.end], '\n'); i >= 0 {
			line := r.buffer[r.begin : r.looked+i]
			r.begin = r.looked + i + 1
			r.looked = r.begin
			return r.take(line)
		}
		r.looked = r.end
		if r.end-r.begin > mostLine {
			r.long, r.begin = true, r.end // the rest is read, and dropped
		}
		switch {
		case r.err != nil && (r.begin < r.end || r.long): // the last line has no line feed
			line := r.buffer[r.begin:r.end]
			r.begin = r.end
			return r.take(line)
		case r.err != nil:
			return nil, r.err
		case !wait:
			return nil, errNotYet
		}
		r.fill()
	}
}

func (r *lineReader) take(line []byte) ([]byte, error) {
	r.line++
	if r.long {
		r.long = false
		return nil, errLongLine
	}
	return bytes.TrimSuffix(line, []byte("\r")), nil
}

// fill reads once more.
func (r *lineReader) fill() {
	const usual = 256 << 10
	if r.begin > 0 { // what was there before is done
		copy(r.buffer, r.buffer[r.begin:r.end])
		r.begin, r.looked, r.end = 0, r.looked-r.begin, r.end-r.begin
	}
	if free := len(r.buffer) - r.end; free == 0 || len(r.buffer) > usual && r.end < usual/2 {
		size := usual // again, after a long line
		if free == 0 {
			size = max(usual, 2*len(r.buffer))
		}
		r.buffer = append(make([]byte, 0, size), r.buffer[:r.end]...)[:size]
	}
	var n int
	n, r.err = r.from.Read(r.buffer[r.end:])
	r.end += n
}

// NewRaw is an Input that has a whole stream as one value, times over.
func NewRaw(from io.Reader, times int64) Input {
	return &raw{from: from, repeated: repeated{times: times}}
}

type raw struct {
	from io.Reader // nil when it has been read
	repeated
}

func (r *raw) Read(items []Item) ([]Item, error) {
	if r.from != nil {
		value, err := io.ReadAll(io.LimitReader(r.from, mostLine+1))
		switch {
		case err != nil:
			return items, err
		case len(value) > mostLine:
			return items, errLongLine
		}
		r.from, r.value = nil, value
	}
	return r.repeated.Read(items)
}

// NewRepeated is an Input that has the same value times over.
func NewRepeated(value []byte, times int64) Input { return &repeated{value: value, times: times} }

type repeated struct {
	value        []byte
	times, given int64
}

func (r *repeated) Read(items []Item) ([]Item, error) {
	if r.given >= r.times {
		return items, io.EOF
	}
	for ; len(items) < cap(items) && r.given < r.times; r.given++ {
		items = append(items, Item{
			Line: r.given + 1, Message: Message{Partition: AnyPartition, Value: r.value}, Value: Part{Form: serde.Auto},
		})
	}
	return items, nil
}
