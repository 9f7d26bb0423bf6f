package gate

import (
	"sync/atomic"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxKey is the highest API key that a gate has room for; client keys end at
// 92 in Kafka 4.2.
const maxKey = 127

// apiTable is what the engine serves, by API key.
type apiTable [maxKey + 1]*api

// api is one API key with the versions that the engine serves.
type api struct {
	key      int16
	min, max int16
	flexFrom int16 // first flexible version (KIP-482), max+1 if none is
	layouts  []atomic.Pointer[layout]
}

// newAPITable makes the table from the engine's own answer to ApiVersions, so
// that the gate never lets through what the engine does not know.
func newAPITable(served []kmsg.ApiVersionsResponseApiKey) *apiTable {
	t := new(apiTable)
	for _, s := range served {
		req := kmsg.RequestForKey(s.ApiKey)
		if req == nil || s.ApiKey < 0 || s.ApiKey > maxKey {
			continue
		}
		a := &api{key: s.ApiKey, min: s.MinVersion, max: min(s.MaxVersion, req.MaxVersion())}
		a.flexFrom = a.max + 1
		for v := a.min; v <= a.max; v++ {
			if req.SetVersion(v); req.IsFlexible() {
				a.flexFrom = v
				break
			}
		}
		a.layouts = make([]atomic.Pointer[layout], a.max+1)
		t[s.ApiKey] = a
	}
	return t
}

func (t *apiTable) lookup(key int16) *api {
	if key < 0 || key > maxKey {
		return nil
	}
	return t[key]
}

func (a *api) serves(version int16) bool { return version >= a.min && version <= a.max }

func (a *api) flexible(version int16) bool { return version >= a.flexFrom }

// layout returns how the body of a request of that version is laid out.
func (a *api) layout(version int16) *layout {
	p := &a.layouts[version]
	if l := p.Load(); l != nil {
		return l
	}
	l := probeLayout(a.key, version)
	p.Store(l) // a lost race stores the same layout twice
	return l
}

// request returns an empty request of that version.
func (a *api) request(version int16) kmsg.Request {
	req := kmsg.RequestForKey(a.key)
	req.SetVersion(version)
	return req
}
