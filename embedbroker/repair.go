package embedbroker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// After a crash the engine reads what is whole and skips what is torn, but it
// appends behind what is torn, and would not read that at the start after. The
// functions here make the files whole before the engine opens them.

// repair makes the files of a data folder whole after a crash.
func repair(dir string) error {
	for _, name := range []string{"groups.log", "pids.log"} {
		if err := truncateLog(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	if err := restoreCompacted(dir); err != nil {
		return err
	}
	partitions, err := os.ReadDir(filepath.Join(dir, partitionsDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, p := range partitions {
		if err := repairPartition(filepath.Join(dir, partitionsDir, p.Name())); err != nil {
			return err
		}
	}
	return nil
}

// An entry of a log of the engine: 4 bytes length of what follows the
// checksum, 4 bytes CRC-32C of that, little endian.
const logEntryHeader = 8

// truncateLog cuts a log of the engine behind its last whole entry.
func truncateLog(path string) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	whole := 0
	for {
		rest := raw[whole:]
		if len(rest) < logEntryHeader {
			break
		}
		n := uint64(binary.LittleEndian.Uint32(rest))
		sum := binary.LittleEndian.Uint32(rest[4:])
		rest = rest[logEntryHeader:]
		if n < 2 || n > uint64(len(rest)) || crc32.Checksum(rest[:n], castagnoli()) != sum {
			break
		}
		whole += logEntryHeader + int(n)
	}
	if whole == len(raw) {
		return nil
	}
	return os.Truncate(path, int64(whole))
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// partitionsDir holds a folder per partition, with segments BASE.dat (record
// batches as on the wire) and BASE.idx (an entry per batch).
const partitionsDir = "partitions"

// partitionDir is the folder of one partition.
func partitionDir(dir, topic string, partition int32) string {
	return filepath.Join(dir, partitionsDir, fmt.Sprintf("%s-%d", url.PathEscape(topic), partition))
}

// storedTopic is a topic in the engine's own record of its topics.
type storedTopic struct {
	Name       string            `json:"name"`
	ID         string            `json:"id"` // base64
	Partitions int               `json:"partitions"`
	Configs    map[string]string `json:"configs"`
}

// storedTopics reads the engine's record of its topics, none in a new folder.
func storedTopics(dir string) ([]storedTopic, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "topics.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var state struct {
		Topics []storedTopic `json:"topics"`
	}
	err = json.Unmarshal(raw, &state)
	return state.Topics, err
}

// segments returns the base offsets of a partition's segments in order.
func segments(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var bases []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".dat")
		if base, err := strconv.ParseInt(name, 10, 64); ok && err == nil {
			bases = append(bases, base)
		}
	}
	slices.Sort(bases)
	return bases, nil
}

// repairPartition cuts the last segment behind its last whole batch and gives
// it an index entry per batch: a crash can come between the two writes, and
// every later entry would belong to the batch before.
func repairPartition(dir string) error {
	bases, err := segments(dir)
	if err != nil || len(bases) == 0 {
		return err
	}
	base := filepath.Join(dir, strconv.FormatInt(bases[len(bases)-1], 10))
	raw, err := os.ReadFile(base + ".dat")
	if err != nil {
		return err
	}
	batches := wholeBatches(raw)
	size := 0
	for _, b := range batches {
		size += len(b)
	}
	if size < len(raw) {
		if err := os.Truncate(base+".dat", int64(size)); err != nil {
			return err
		}
	}
	index, err := os.ReadFile(base + ".idx")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(index) == len(batches)*indexEntry {
		return nil
	}
	have := min(len(index)/indexEntry, len(batches))
	index = index[:have*indexEntry]
	for _, b := range batches[have:] {
		index = appendIndexEntry(index, b)
	}
	return os.WriteFile(base+".idx", index, 0o644)
}

// Offsets in a record batch of format 2 and its least size.
const (
	batchLength    = 8
	batchEpoch     = 12
	batchCRC       = 17
	batchAttrs     = 21
	batchLastDelta = 23
	batchMaxTime   = 35
	batchHeader    = 61

	attrTransactional = 1 << 4
	attrControl       = 1 << 5
)

// wholeBatches splits the bytes of a segment into its batches, up to the first
// that is torn.
func wholeBatches(raw []byte) [][]byte {
	var batches [][]byte
	for len(raw) >= batchHeader {
		n := int64(binary.BigEndian.Uint32(raw[batchLength:])) + batchLength + 4
		if n < batchHeader || n > int64(len(raw)) {
			break
		}
		b := raw[:n]
		if crc32.Checksum(b[batchAttrs:], castagnoli()) != binary.BigEndian.Uint32(b[batchCRC:]) {
			break
		}
		batches = append(batches, b)
		raw = raw[n:]
	}
	return batches
}

// indexEntry is the size of an entry of an index: 1 byte version, 1 byte
// checksum of the rest, 4 bytes leader epoch, 8 bytes largest timestamp so
// far, 1 byte flags, little endian.
const indexEntry = 15

const indexInTransaction = 1

func appendIndexEntry(index, batch []byte) []byte {
	var e [indexEntry]byte
	e[0] = 1
	binary.LittleEndian.PutUint32(e[2:], binary.BigEndian.Uint32(batch[batchEpoch:]))
	binary.LittleEndian.PutUint64(e[6:], binary.BigEndian.Uint64(batch[batchMaxTime:]))
	attrs := binary.BigEndian.Uint16(batch[batchAttrs:])
	if attrs&attrTransactional != 0 && attrs&attrControl == 0 {
		e[14] = indexInTransaction
	}
	e[1] = byte(crc32.Checksum(e[2:], castagnoli()))
	return append(index, e[:]...)
}

// logEnd returns the offset after the last whole batch of a partition, 0 if it
// has none.
func logEnd(dir string) (int64, error) {
	bases, err := segments(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, base := range slices.Backward(bases) {
		raw, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.dat", base)))
		if err != nil {
			return 0, err
		}
		if batches := wholeBatches(raw); len(batches) > 0 {
			last := batches[len(batches)-1]
			return int64(binary.BigEndian.Uint64(last)) + int64(int32(binary.BigEndian.Uint32(last[batchLastDelta:]))) + 1, nil
		}
	}
	return 0, nil
}
