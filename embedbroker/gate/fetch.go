package gate

import (
	"encoding/binary"
	"time"
)

// maxFetchWait bounds how long a fetch may wait for records. The engine keeps
// a waiting fetch also when its client has gone, and a client may ask to wait
// for weeks; the default of clients is half a second.
const maxFetchWait = time.Minute

// clampWait bounds the wait of a fetch request in place. It is the first field
// since v15 (KIP-903), before that the replica id is. The body has passed its
// layout.
func clampWait(version int16, body []byte) {
	if version < 15 {
		body = body[4:]
	}
	const limit = int32(maxFetchWait / time.Millisecond)
	if wait := int32(binary.BigEndian.Uint32(body)); wait > limit {
		binary.BigEndian.PutUint32(body, uint32(limit))
	}
}
