package profile

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
	"github.com/twmb/franz-go/pkg/sasl"
)

// wire is one connection on which a check sends one request at a time. A
// client would retry and hide which step failed and what exactly came back.
// All requests have versions below their flexible ones, which every broker
// since Kafka 1.0 serves.
type wire struct {
	conn        net.Conn
	format      *kmsg.RequestFormatter
	correlation int32
	answered    bool // a Kafka response has been read
}

// maxFrame is the default of the brokers' socket.request.max.bytes; the
// answers of a check are far smaller.
const maxFrame = 100 << 20

func newWire(conn net.Conn, clientID string) *wire {
	return &wire{conn: conn, format: kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID))}
}

func (w *wire) Close() { _ = w.conn.Close() } // nothing is lost

// noAnswerError says that the first request on a connection had no answer
// that Kafka could have sent.
type noAnswerError struct {
	err   error
	begin []byte // what came instead, at most a few bytes
}

func (e *noAnswerError) Error() string { return "no Kafka answer: " + e.err.Error() }
func (e *noAnswerError) Unwrap() error { return e.err }

var errNotKafka = errors.New("the answer is not Kafka's")

// request sends req and reads its response under ctx.
func (w *wire) request(ctx context.Context, req kmsg.Request) (kmsg.Response, error) {
	deadline, _ := ctx.Deadline() // none is the zero time, which net takes as none
	if err := w.conn.SetDeadline(deadline); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = w.conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	w.correlation++
	body, err := w.exchange(w.format.AppendRequest(nil, req, w.correlation))
	if err != nil {
		if !w.answered {
			err = &noAnswerError{err: err, begin: body}
		}
		return nil, err
	}
	w.answered = true
	resp := req.ResponseKind()
	if err := resp.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("read %s response: %w", kmsg.NameForKey(req.Key()), err)
	}
	return resp, nil
}

// exchange returns the body of a response, or with an error what was read.
func (w *wire) exchange(frame []byte) ([]byte, error) {
	if _, err := w.conn.Write(frame); err != nil {
		return nil, err
	}
	head := make([]byte, 8) // length, correlation id
	if n, err := io.ReadFull(w.conn, head); err != nil {
		return head[:n], err
	}
	size := binary.BigEndian.Uint32(head)
	if size < 4 || size > maxFrame || binary.BigEndian.Uint32(head[4:]) != uint32(w.correlation) {
		return head, errNotKafka
	}
	body, err := io.ReadAll(io.LimitReader(w.conn, int64(size-4)))
	if err == nil && len(body) < int(size-4) {
		err = io.ErrUnexpectedEOF
	}
	return body, err
}

// authError is an answer of the broker that refuses a login.
type authError struct {
	code    error
	message string   // the broker's
	enabled []string // mechanisms, when the wanted one is not
}

func (e *authError) Error() string { return e.code.Error() }
func (e *authError) Unwrap() error { return e.code }

// reason is the broker's message, or else what the error code means.
func (e *authError) reason() string {
	var code *kerr.Error
	switch {
	case !errors.As(e.code, &code) && e.message != "":
		return shorten(e.message)
	case !errors.As(e.code, &code):
		return rootCause(e.code)
	case e.message != "":
		return fmt.Sprintf("%s (%s)", shorten(e.message), code.Message)
	}
	return fmt.Sprintf("%s (%s)", code.Description, code.Message)
}

// tokenError says that there are no credentials to send.
type tokenError struct{ err error }

func (e *tokenError) Error() string { return e.err.Error() }

// errLoginCut says that the connection ended instead of an answer to the
// credentials.
var errLoginCut = errors.New("the connection ended during the login")

// maxChallenges bounds a login; SCRAM and GSSAPI need two rounds.
const maxChallenges = 8

// authenticate does SaslHandshake v1 and SaslAuthenticate v0 (KIP-43, KIP-152).
func (w *wire) authenticate(ctx context.Context, mechanism sasl.Mechanism, server string) error {
	session, message, err := mechanism.Authenticate(ctx, server)
	if err != nil {
		return &tokenError{err}
	}
	handshake := kmsg.NewPtrSASLHandshakeRequest()
	handshake.Version = 1
	handshake.Mechanism = mechanism.Name()
	answer, err := w.request(ctx, handshake)
	if err != nil {
		return err
	}
	offer := answer.(*kmsg.SASLHandshakeResponse)
	if err := kerr.ErrorForCode(offer.ErrorCode); err != nil {
		return &authError{code: err, enabled: offer.SupportedMechanisms}
	}
	rounds := 0
	for done := false; ; {
		authenticate := kmsg.NewPtrSASLAuthenticateRequest()
		authenticate.SASLAuthBytes = message
		answer, err := w.request(ctx, authenticate)
		if err != nil {
			return fmt.Errorf("%w: %w", errLoginCut, err)
		}
		challenge := answer.(*kmsg.SASLAuthenticateResponse)
		if err := kerr.ErrorForCode(challenge.ErrorCode); err != nil {
			refused := &authError{code: err}
			if challenge.ErrorMessage != nil {
				refused.message = *challenge.ErrorMessage
			}
			return refused
		}
		if done {
			return nil
		}
		rounds++
		if rounds > maxChallenges {
			return &authError{code: fmt.Errorf("the login has not ended after %d rounds", maxChallenges)}
		}
		reply := challenge.SASLAuthBytes
		if done, message, err = session.Challenge(reply); err != nil {
			return w.explainRefusal(ctx, mechanism.Name(), reply, err)
		}
		// GSSAPI has one more message after the last challenge.
		if done && len(message) == 0 {
			return nil
		}
	}
}

// explainRefusal returns why the client's side ended a login. A broker tells why it
// does not take a token as JSON, and ends the login only after one more message, \x01
// (RFC 7628 section 3.2.3).
func (w *wire) explainRefusal(ctx context.Context, mechanism string, reply []byte, err error) error {
	refused := &authError{code: err}
	if mechanism != "OAUTHBEARER" {
		return refused
	}
	var told struct {
		Status string `json:"status"`
		Scope  string `json:"scope"`
	}
	if json.Unmarshal(reply, &told) == nil && told.Status != "" {
		refused.message = told.Status
		if told.Scope != "" {
			refused.message += ", wanted scope " + told.Scope
		}
	}
	end := kmsg.NewPtrSASLAuthenticateRequest()
	end.SASLAuthBytes = []byte{1}
	answer, err := w.request(ctx, end)
	if err != nil {
		return refused
	}
	last := answer.(*kmsg.SASLAuthenticateResponse)
	if code := kerr.ErrorForCode(last.ErrorCode); code != nil {
		refused.code = code
		if last.ErrorMessage != nil {
			refused.message = *last.ErrorMessage
		}
	}
	return refused
}

// apiVersions returns what the broker serves, and that in words.
func (w *wire) apiVersions(ctx context.Context) (*kversion.Versions, string, error) {
	answer, err := w.request(ctx, kmsg.NewPtrApiVersionsRequest())
	if err != nil {
		return nil, "", err
	}
	resp := answer.(*kmsg.ApiVersionsResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, "", err
	}
	versions := kversion.FromApiVersionsResponse(resp)
	detail := plural(len(resp.ApiKeys), "API")
	if guess := versions.VersionGuess(); strings.HasPrefix(guess, "v") {
		detail += ", those of Kafka " + guess // anything else is a guess of little use
	}
	return versions, detail, nil
}

// metadata asks for brokers, controller and cluster id, and for no topic.
func (w *wire) metadata(ctx context.Context, versions *kversion.Versions) (*kmsg.MetadataResponse, error) {
	const wanted = 8 // the last version that is not flexible
	req := kmsg.NewPtrMetadataRequest()
	highest, _ := versions.LookupMaxKeyVersion(req.Key())
	req.Version = min(highest, wanted)
	req.Topics = []kmsg.MetadataRequestTopic{} // nil asks for all
	answer, err := w.request(ctx, req)
	if err != nil {
		return nil, err
	}
	resp := answer.(*kmsg.MetadataResponse)
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return nil, err
	}
	if len(resp.Brokers) == 0 {
		return nil, errNoBrokers
	}
	return resp, nil
}

var errNoBrokers = errors.New("the metadata names no broker")
