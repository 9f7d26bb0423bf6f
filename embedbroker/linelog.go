package embedbroker

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
)

// lineLog is a file of JSON lines, one for each T, that only grows while it is
// open. A line that a crash tore is skipped.
type lineLog[T any] struct {
	path string
	file *os.File // nil before rewrite
}

// each visits the lines in order; there are none before the first rewrite.
func (l *lineLog[T]) each(visit func(T)) error {
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var line T
		if json.Unmarshal(lines.Bytes(), &line) == nil {
			visit(line)
		}
	}
	return lines.Err()
}

// rewrite replaces the log at once and keeps it open for add.
func (l *lineLog[T]) rewrite(lines iter.Seq[T]) error {
	tmp := l.path + ".tmp"
	f, err := os.Create(tmp)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for line := range lines {
		if err = enc.Encode(line); err != nil {
			break
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = os.Rename(tmp, l.path)
	}
	if err != nil {
		f.Close()
		return fmt.Errorf("write %s: %w", l.path, err)
	}
	l.file = f
	return nil
}

// add appends lines in one write.
func (l *lineLog[T]) add(lines iter.Seq[T]) error {
	var b []byte
	for line := range lines {
		raw, err := json.Marshal(line)
		if err != nil {
			return err
		}
		b = append(append(b, raw...), '\n')
	}
	if len(b) == 0 {
		return nil
	}
	_, err := l.file.Write(b)
	return err
}

func (l *lineLog[T]) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
