package reset

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/kdeck/kdeck/kafka/model"
)

// File is a reset plan as kafka-consumer-groups.sh writes and reads it: lines of
// topic,partition,offset for one group, or of group,topic,partition,offset for
// several. It has no head.
type File struct {
	path string
	// one holds the offsets of lines that name no group, groups those of the others.
	one    map[model.TopicPartition]int64
	groups map[string]map[model.TopicPartition]int64
}

// maxFile bounds what is read of a file that is named by mistake: 1,000,000
// partitions with long names.
const maxFile = 256 << 20

// ReadFile reads a reset plan from a file.
func ReadFile(path string) (File, error) {
	in, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("read a reset plan: %w", err)
	}
	defer func() { _ = in.Close() }() // only read
	f, err := ReadCSV(io.LimitReader(in, maxFile))
	if err != nil {
		return File{}, fmt.Errorf("read a reset plan from %s: %w", path, err)
	}
	f.path = path
	return f, nil
}

// ReadCSV reads a reset plan. The error names the line of the first mistakes: of
// each line that is no such line, of an offset below 0, and of a partition that
// is named twice.
func ReadCSV(in io.Reader) (File, error) {
	f := File{one: make(map[model.TopicPartition]int64), groups: make(map[string]map[model.TopicPartition]int64)}
	r := csv.NewReader(in)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	var mistakes []string
	lines := 0
	for ; ; lines++ {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			mistakes = append(mistakes, fmt.Sprintf("line %d: %v", bad.Line, bad.Err))
			break // where the next line begins is a guess from here on
		}
		if err != nil {
			return File{}, err
		}
		if err := f.add(fields); err != nil {
			line, _ := r.FieldPos(0)
			mistakes = append(mistakes, fmt.Sprintf("line %d: %v", line, err))
		}
	}
	switch {
	case len(mistakes) > 0:
		return File{}, errors.New(some(mistakes))
	case lines == 0:
		return File{}, errors.New("it is empty; its lines are topic,partition,offset, or group,topic,partition,offset")
	case len(f.one) > 0 && len(f.groups) > 0:
		return File{}, errors.New("some of its lines name a group and some do not")
	}
	return f, nil
}

// add takes in the fields of one line.
func (f *File) add(fields []string) error {
	offsets := f.one
	switch len(fields) {
	case 3:
	case 4:
		group := strings.Clone(fields[0])
		if f.groups[group] == nil {
			f.groups[group] = make(map[model.TopicPartition]int64)
		}
		offsets, fields = f.groups[group], fields[1:]
	default:
		return fmt.Errorf("it has %s, and not topic,partition,offset or group,topic,partition,offset", plural(len(fields), "field"))
	}
	partition, err := strconv.ParseInt(fields[1], 10, 32)
	if err != nil || partition < 0 {
		return fmt.Errorf("%q is no partition", fields[1])
	}
	offset, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || offset < 0 {
		return fmt.Errorf("%q is no offset", fields[2])
	}
	if fields[0] == "" {
		return errors.New("it names no topic")
	}
	tp := model.TopicPartition{Topic: strings.Clone(fields[0]), Partition: int32(partition)}
	if _, twice := offsets[tp]; twice {
		return fmt.Errorf("%s is named a second time", tp)
	}
	offsets[tp] = offset
	return nil
}

// Groups returns the groups that the file names, in order; none when it is about
// one group that it does not name.
func (f File) Groups() []string { return slices.Sorted(maps.Keys(f.groups)) }

// For returns the strategy and the scope that put a group where the file says. A
// file that names no groups is about the only one there is.
func (f File) For(group string) (Strategy, Scope, error) {
	offsets := f.one
	if len(f.groups) > 0 {
		offsets = f.groups[group]
	}
	if len(offsets) == 0 {
		return Strategy{}, Scope{}, fmt.Errorf("reset offsets of %s: the file %s says nothing of the group", group, f.path)
	}
	partitions := slices.SortedFunc(maps.Keys(offsets), model.TopicPartition.Compare)
	return Strategy{Kind: FromFile, From: f.path, Offsets: offsets}, Of(partitions), nil
}

// WriteCSV writes the new offsets of plans as kafka-consumer-groups.sh --export
// does. grouped says to name the group in every line, which that tool does unless
// it was asked about exactly one.
func WriteCSV(out io.Writer, plans []Plan, grouped bool) error {
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	for _, p := range plans {
		if grouped && strings.ContainsAny(p.Group, "\r\n") {
			return fmt.Errorf("export the plan of %q: its name has line breaks, and a plan has a line for each partition", p.Group)
		}
		for _, r := range p.Rows {
			if r.Deletes() {
				continue
			}
			line := []string{p.Group, r.Topic, strconv.Itoa(int(r.Partition)), strconv.FormatInt(r.New, 10)}
			if !grouped {
				line = line[1:]
			}
			if err := w.Write(line); err != nil {
				return err
			}
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	_, err := text.WriteTo(out)
	return err
}
