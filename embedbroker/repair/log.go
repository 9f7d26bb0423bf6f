package repair

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// An entry of a log of the engine: 4 bytes length of what follows the checksum,
// 4 bytes CRC-32C of that, 2 bytes version, then JSON; little endian.
const (
	entryHeader = 8
	entryLeast  = entryHeader + 2
	maxEntry    = 64 << 20
)

// Damage is a stretch of a log that holds no entry.
type Damage struct {
	Pos, End int
	Torn     bool // nothing follows: a write that was never finished
}

// Entries returns the payloads of a log's whole entries, and where there are none. It
// reads on behind what is damaged.
func Entries(raw []byte) (entries [][]byte, damage []Damage) {
	for pos := 0; pos < len(raw); {
		if n := entryAt(raw[pos:]); n > 0 {
			entries = append(entries, raw[pos+entryLeast:pos+n])
			pos += n
			continue
		}
		end := pos + 1
		for end < len(raw) && entryAt(raw[end:]) == 0 {
			end++
		}
		damage = append(damage, Damage{Pos: pos, End: end, Torn: end == len(raw)})
		pos = end
	}
	return entries, damage
}

// entryAt returns the size of the entry that raw starts with, 0 if it is none.
func entryAt(raw []byte) int {
	if len(raw) < entryLeast {
		return 0
	}
	n := uint64(binary.LittleEndian.Uint32(raw))
	if n < 2 || n > maxEntry || n > uint64(len(raw)-entryHeader) {
		return 0
	}
	body := raw[entryHeader : entryHeader+n]
	if binary.LittleEndian.Uint16(body) == 0 || crc32.Checksum(body, castagnoli()) != binary.LittleEndian.Uint32(raw[4:]) {
		return 0
	}
	return entryHeader + int(n)
}

// AppendEntry appends an entry with the payload to a log.
func AppendEntry(log, payload []byte) []byte {
	body := append([]byte{1, 0}, payload...)
	log = binary.LittleEndian.AppendUint32(log, uint32(len(body)))
	log = binary.LittleEndian.AppendUint32(log, crc32.Checksum(body, castagnoli()))
	return append(log, body...)
}

// MendLogs puts right what is damaged in the engine's logs, which would read none of
// the entries behind it: from the copy where that has the same log, else by taking the
// damaged entry out.
func MendLogs(dir string, report func(Event)) error {
	for _, name := range []string{"groups.log", "pids.log"} {
		path := filepath.Join(dir, name)
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		saved, _ := readCopy(dir, name)
		mended, events := mendLog(raw, saved)
		if len(events) == 0 {
			continue
		}
		if err := replaceFile(path, mended); err != nil {
			return fmt.Errorf("mend %s: %w", name, err)
		}
		for _, e := range events {
			e.File = name
			report(e)
		}
	}
	return nil
}

// mendLog returns the log with whole entries alone, and what was done.
func mendLog(raw, saved []byte) ([]byte, []Event) {
	_, damage := Entries(raw)
	var whole []byte
	var events []Event
	at, same := 0, true // same: the copy has begun as the log has
	for _, d := range damage {
		same = same && d.End <= len(saved) && bytes.Equal(saved[at:d.Pos], raw[at:d.Pos])
		e := Event{What: "an entry is damaged, taken out", Position: int64(d.Pos), Bytes: int64(d.End - d.Pos), Offset: -1}
		whole = append(whole, raw[at:d.Pos]...)
		switch {
		case same && isWhole(saved[d.Pos:d.End]):
			e.What = "an entry is damaged, put back from the copy"
			whole = append(whole, saved[d.Pos:d.End]...)
		case d.Torn:
			e.What = "cut an unfinished entry"
		}
		events = append(events, e)
		at = d.End
	}
	return append(whole, raw[at:]...), events
}

func isWhole(raw []byte) bool {
	_, damage := Entries(raw)
	return len(damage) == 0
}
