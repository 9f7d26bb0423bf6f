package gate

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Bounds of one request.
const (
	// maxProduce is socket.request.max.bytes, 100 MiB as in Kafka.
	maxProduce = 100 << 20
	// maxRequest bounds every other request: what is not records is parsed
	// into values several times its size.
	maxRequest = 8 << 20
	// minFrame is API key, version and correlation id.
	minFrame = 8
)

var errShort = errors.New("request ends early")

// header is the header of a request, v1 or v2 of the protocol (KIP-482 adds
// tagged fields in v2).
type header struct {
	key     int16
	version int16
	corr    int32
	body    int // where the body starts in the frame
}

// newerAPIVersions returns, for an ApiVersions request of a version that is
// not served yet, one of that version without a body: a broker answers it
// UNSUPPORTED_VERSION in version 0, whatever its body is (KIP-511). It returns
// nil for any other request.
func newerAPIVersions(frame []byte, apis *apiTable) []byte {
	key, version := int16(binary.BigEndian.Uint16(frame)), int16(binary.BigEndian.Uint16(frame[2:]))
	a := apis.lookup(int16(kmsg.ApiVersions))
	if key != int16(kmsg.ApiVersions) || a == nil || version <= a.max {
		return nil
	}
	req := kmsg.NewPtrApiVersionsRequest()
	req.Version = version
	corr := int32(binary.BigEndian.Uint32(frame[4:]))
	return kmsg.NewRequestFormatter().AppendRequest(nil, req, corr)
}

// parseHeader reads the header of frame, the request without its length.
func parseHeader(frame []byte, apis *apiTable) (header, error) {
	if len(frame) < minFrame+2 {
		return header{}, errShort
	}
	h := header{
		key:     int16(binary.BigEndian.Uint16(frame)),
		version: int16(binary.BigEndian.Uint16(frame[2:])),
		corr:    int32(binary.BigEndian.Uint32(frame[4:])),
	}
	api := apis.lookup(h.key)
	if api == nil {
		return h, fmt.Errorf("unknown API key %d", h.key)
	}
	if !api.serves(h.version) {
		return h, fmt.Errorf("unsupported version %d of API key %d", h.version, h.key)
	}
	w := walker{src: frame[minFrame:]}
	w.nullableString(false) // the client id is never compact
	if api.flexible(h.version) {
		w.tags(nil)
	}
	h.body = len(frame) - len(w.src)
	return h, w.err
}
