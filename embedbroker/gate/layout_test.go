package gate

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// served is what the engine serves.
func served(t testing.TB) []kmsg.ApiVersionsResponseApiKey {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	cl, err := kgo.NewClient(kgo.SeedBrokers(cluster.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	resp, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, cl)
	if err != nil {
		t.Fatal(err)
	}
	return resp.ApiKeys
}

// eachRequest calls f for every version of every request that is served.
func eachRequest(t *testing.T, f func(t *testing.T, req kmsg.Request)) {
	for _, k := range served(t) {
		for v := k.MinVersion; v <= k.MaxVersion; v++ {
			t.Run(fmt.Sprintf("%s/v%d", kmsg.NameForKey(k.ApiKey), v), func(t *testing.T) {
				req := kmsg.RequestForKey(k.ApiKey)
				req.SetVersion(v)
				f(t, req)
			})
		}
	}
}

// What an encoder writes is walked to its last byte, for any values; what ends
// early is refused.
func TestLayoutMatchesEncoder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	eachRequest(t, func(t *testing.T, req kmsg.Request) {
		l := probeLayout(req.Key(), req.GetVersion())
		for range 20 {
			randomize(r, reflect.ValueOf(req).Elem(), req.GetVersion())
			if f, ok := req.(*kmsg.FetchRequest); ok {
				f.ReplicaState = kmsg.NewFetchRequestReplicaState() // brokers only
			}
			body := req.AppendTo(nil)
			w := walker{src: body}
			if w.walk(l); w.err != nil || len(w.src) != 0 {
				t.Fatalf("%v, %d of %d bytes left of %+v", w.err, len(w.src), len(body), req)
			}
			if len(body) == 0 {
				continue
			}
			w = walker{src: body[:r.IntN(len(body))]}
			if w.walk(l); w.err == nil {
				t.Fatalf("accepted the first bytes of %+v", req)
			}
			if l.min > len(body) {
				t.Fatalf("min is %d, but %d bytes are enough", l.min, len(body))
			}
		}
	})
}

// Whatever the walker accepts has no count that exceeds its bytes: decoding it
// succeeds.
func TestLayoutRefusesWhatDoesNotDecode(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	eachRequest(t, func(t *testing.T, req kmsg.Request) {
		l := probeLayout(req.Key(), req.GetVersion())
		for range 50 {
			randomize(r, reflect.ValueOf(req).Elem(), req.GetVersion())
			body := req.AppendTo(nil)
			for range min(3, len(body)) {
				body[r.IntN(len(body))] = byte(r.Uint32())
			}
			w := walker{src: body}
			if w.walk(l); w.err != nil {
				continue
			}
			if err := kmsg.RequestForKey(req.Key()).ReadFrom(nil); err == nil {
				continue // an empty request always decodes
			}
			again := kmsg.RequestForKey(req.Key())
			again.SetVersion(req.GetVersion())
			if err := again.ReadFrom(body); err != nil && !hasNull(body) {
				t.Fatalf("walked, but does not decode: %v\n% x", err, body)
			}
		}
	})
}

// hasNull reports whether a length below -1, which decoders refuse, may be
// among the bytes.
func hasNull(b []byte) bool {
	return slices.ContainsFunc(b, func(c byte) bool { return c >= 0x80 || c == 0 })
}

// Tagged fields with structs in them are for brokers; a new one must be looked
// at before clients may send it.
func TestLayoutRefusedTags(t *testing.T) {
	got := make(map[string][]uint32)
	eachRequest(t, func(_ *testing.T, req kmsg.Request) {
		l := probeLayout(req.Key(), req.GetVersion())
		var collect func(l *layout)
		collect = func(l *layout) {
			if len(l.refused) > 0 {
				got[kmsg.NameForKey(req.Key())] = slices.Sorted(maps.Keys(l.refused))
			}
			for _, f := range l.fields {
				if f.elem != nil {
					collect(f.elem)
				}
			}
		}
		collect(l)
	})
	want := map[string][]uint32{"Fetch": {1}}
	for name, tags := range got {
		if !slices.Equal(tags, want[name]) {
			t.Errorf("%s: tags %v are refused, want %v", name, tags, want[name])
		}
	}
	if len(got[`Fetch`]) == 0 {
		t.Error("the replica state of Fetch is not refused")
	}
}

// randomize gives the fields of v values as clients send them.
func randomize(r *rand.Rand, v reflect.Value, version int16) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if name == "Version" && f.Kind() == reflect.Int16 {
			f.SetInt(int64(version))
			continue
		}
		if name != "UnknownTags" {
			randomizeField(r, f, version)
		}
	}
}

func randomizeField(r *rand.Rand, f reflect.Value, version int16) {
	switch f.Kind() {
	case reflect.Struct:
		randomize(r, f, version)
	case reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
		if r.IntN(2) == 0 {
			f.SetZero()
		} else {
			randomizeField(r, f.Elem(), version)
		}
	case reflect.Slice:
		n := r.IntN(4)
		f.Set(reflect.MakeSlice(f.Type(), n, n))
		for i := range n {
			randomizeField(r, f.Index(i), version)
		}
	case reflect.Array:
		for i := range f.Len() {
			f.Index(i).SetUint(r.Uint64N(256))
		}
	case reflect.String:
		f.SetString("abcdefgh"[:r.IntN(9)])
	case reflect.Bool:
		f.SetBool(r.IntN(2) == 0)
	case reflect.Float64:
		f.SetFloat(r.Float64())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		f.SetUint(r.Uint64N(200))
	default:
		f.SetInt(r.Int64N(200) - 50)
	}
}
