package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/kdeck/kdeck/embedbroker/faults"
)

// Server answers at the socket of a cluster.
type Server struct {
	cluster Cluster
	http    http.Server
	socket  *socket
	ending  context.CancelFunc // ends followers
	done    chan struct{}
}

// Serve opens the socket of the cluster that runs on a data folder.
func Serve(dataDir string, c Cluster) (*Server, error) {
	ln, err := listen(dataDir)
	if err != nil {
		return nil, fmt.Errorf("open the control socket of the cluster on %s: %w", dataDir, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{cluster: c, socket: ln, ending: cancel, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("POST /brokers/{id}/{action}", s.act)
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) { s.events(ctx, w, r) })
	mux.HandleFunc("POST /faults", s.addFault)
	mux.HandleFunc("DELETE /faults/{id}", s.removeFault)
	mux.HandleFunc("POST /clean", s.clean)
	s.http.Handler = mux
	s.http.ReadHeaderTimeout = time.Minute // whoever is silent for longer has gone
	go func() {
		defer close(s.done)
		_ = s.http.Serve(ln) // until Close
	}()
	return s, nil
}

// Close ends the server and removes the socket.
func (s *Server) Close() error {
	s.ending()
	err := s.http.Close()
	<-s.done
	return errors.Join(err, s.socket.remove())
}

// status answers GET /status?limit=N&topic=NAME…
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	limit := 1000
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			refuse(w, http.StatusBadRequest, fmt.Errorf("limit %q is no number", text))
			return
		}
		limit = n
	}
	answer(w, NewStatus(s.cluster.Replicas(limit, r.URL.Query()["topic"]...), s.cluster.Faults()))
}

// act answers POST /brokers/ID/ACTION?rate=N with the status of the brokers.
func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 32)
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("broker %q is no number", r.PathValue("id")))
		return
	}
	rate := int64(SlowRate)
	if text := r.URL.Query().Get("rate"); text != "" {
		if rate, err = strconv.ParseInt(text, 10, 64); err != nil || rate < 0 {
			refuse(w, http.StatusBadRequest, fmt.Errorf("rate %q is no number of records a second", text))
			return
		}
	}
	if err := Do(s.cluster, Action(r.PathValue("action")), int32(id), rate); err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	answer(w, NewStatus(s.cluster.Replicas(0), s.cluster.Faults()))
}

// Do does something to a broker; rate is for Slow.
func Do(c Cluster, action Action, broker int32, rate int64) error {
	switch action {
	case Stop:
		return c.StopBroker(broker)
	case Start:
		return c.StartBroker(broker)
	case Restart:
		if err := c.StopBroker(broker); err != nil {
			return err
		}
		return c.StartBroker(broker)
	case Slow:
		return c.SlowBroker(broker, rate)
	case Isolate:
		return c.IsolateBroker(broker)
	case Heal:
		return c.HealBroker(broker)
	}
	return fmt.Errorf("nothing that can be done to a broker: %q", action)
}

// events answers GET /events?after=N&follow=true with a line for each event; with
// follow it goes on until the client or the cluster ends.
func (s *Server) events(ending context.Context, w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // from the first without
	follow := r.URL.Query().Get("follow") == "true"
	w.Header().Set("Content-Type", "application/jsonl")
	lines := json.NewEncoder(w)
	for {
		events, more := s.cluster.Events(after)
		for _, e := range events {
			if err := lines.Encode(newEvent(e)); err != nil {
				return
			}
			after = e.Number
		}
		if !follow {
			return
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return
		}
		select {
		case <-more:
		case <-r.Context().Done():
			return
		case <-ending.Done():
			return
		}
	}
}

func (s *Server) addFault(w http.ResponseWriter, r *http.Request) {
	var rule faults.Rule
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&rule); err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("read the fault: %w", err))
		return
	}
	rule, err := s.cluster.AddFault(rule)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	answer(w, rule)
}

func (s *Server) removeFault(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		refuse(w, http.StatusBadRequest, fmt.Errorf("fault %q is no number", r.PathValue("id")))
		return
	}
	if err := s.cluster.RemoveFault(id); err != nil {
		refuse(w, http.StatusNotFound, err)
		return
	}
	answer(w, s.cluster.Faults())
}

// clean answers POST /clean when retention was applied and logs are compacted.
func (s *Server) clean(w http.ResponseWriter, _ *http.Request) {
	if err := s.cluster.Clean(); err != nil {
		refuse(w, http.StatusInternalServerError, fmt.Errorf("apply retention and compact: %w", err))
		return
	}
	answer(w, struct{}{})
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // the client has gone
}

// failure is an answer that says why something was not done.
type failure struct {
	Error string `json:"error"`
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(failure{err.Error()}) // the client has gone
}
