package profile

import (
	"context"
	"crypto/tls"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// speech is what a port answered to.
type speech struct{ kafka, tls, http bool }

// probeTimeout is short, as it comes on top of a step that has failed.
const probeTimeout = time.Second

// identify finds out what a port speaks that did not answer as it should. It
// sends no credentials.
func (k *checker) identify(ctx context.Context, server string) speech {
	var port speech
	port.kafka = k.probe(ctx, server, speaksKafka)
	if port.kafka {
		return port
	}
	port.tls = k.probe(ctx, server, speaksTLS)
	port.http = k.probe(ctx, server, speaksHTTP)
	return port
}

// probe asks one question on a connection of its own.
func (k *checker) probe(ctx context.Context, server string, ask func(context.Context, *wire) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	conn, err := k.route.Dial(ctx, "tcp", server)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	deadline, _ := ctx.Deadline()
	return conn.SetDeadline(deadline) == nil && ask(ctx, newWire(conn, k.context.clientID()))
}

func speaksKafka(ctx context.Context, w *wire) bool {
	_, err := w.request(ctx, kmsg.NewPtrApiVersionsRequest())
	return err == nil
}

// speaksTLS asks for a handshake only: nothing is sent over it, so nobody
// needs to be verified. A refusal by alert is TLS, too.
func speaksTLS(ctx context.Context, w *wire) bool {
	conf := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // see above
	err := tls.Client(w.conn, conf).HandshakeContext(ctx)
	return err == nil || isAlert(err)
}

func speaksHTTP(_ context.Context, w *wire) bool {
	if _, err := io.WriteString(w.conn, "HEAD / HTTP/1.0\r\n\r\n"); err != nil {
		return false
	}
	begin := make([]byte, len("HTTP/"))
	_, err := io.ReadFull(w.conn, begin)
	return err == nil && string(begin) == "HTTP/"
}
