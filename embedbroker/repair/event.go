package repair

import "fmt"

// Event is one thing that was found and put right, or could not be.
type Event struct {
	What      string `json:"what"`                // a sentence without its subject: what was done
	File      string `json:"file,omitempty"`      // in the data folder
	Topic     string `json:"topic,omitempty"`     // of a segment
	Partition int32  `json:"partition,omitempty"` // of a segment
	Offset    int64  `json:"offset"`              // first record that is lost, -1 when it is no matter of records
	Records   int64  `json:"records"`             // how many are lost, -1 when that cannot be known
	Position  int64  `json:"position,omitempty"`  // in the file, bytes
	Bytes     int64  `json:"bytes,omitempty"`     // taken out of the file
}

func (e Event) String() string {
	s := e.What
	if e.File != "" {
		s = e.File + ": " + s
	}
	if e.Bytes > 0 {
		s += fmt.Sprintf(" (%d bytes at %d)", e.Bytes, e.Position)
	}
	if e.Offset < 0 {
		return s
	}
	switch e.Records {
	case 0:
		return s + ", no record lost"
	case -1:
		return s + fmt.Sprintf(", records from offset %d on lost, how many is not known", e.Offset)
	case 1:
		return s + fmt.Sprintf(", 1 record lost at offset %d", e.Offset)
	}
	return s + fmt.Sprintf(", %d records lost from offset %d on", e.Records, e.Offset)
}
