package profile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// withCredentials makes files as AWS's tools have them, and nothing else that they
// would find.
func withCredentials(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_CONFIG_FILE", tempFile(t, "config", "[profile ops]\nregion = eu-west-1\n"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", tempFile(t, "credentials", "[ops]\naws_access_key_id = AKIDOPS\naws_secret_access_key = ops-secret\naws_session_token = ops-session\n"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_REGION", "eu-central-1") // of a broker whose name does not tell
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"} {
		t.Setenv(name, "")
	}
}

// verifySignature signs what was sent anew, with AWS's own signer, and returns the
// access key.
func verifySignature(t *testing.T, sent []byte, host, region, secret, session string) string {
	t.Helper()
	var got map[string]string
	if err := json.Unmarshal(sent, &got); err != nil {
		t.Fatalf("%s: %v", sent, err)
	}
	at, err := time.Parse("20060102T150405Z", got["x-amz-date"])
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("signed at %q, %v", got["x-amz-date"], err)
	}
	key, _, _ := strings.Cut(got["x-amz-credential"], "/")
	req, err := http.NewRequest(http.MethodGet, "https://"+host+"/?"+url.Values{"Action": {"kafka-cluster:Connect"}, "X-Amz-Expires": {"300"}}.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // SHA-256 of nothing
	want, _, err := signer.NewSigner().PresignHTTP(t.Context(), awssdk.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: session}, req, empty, "kafka-cluster", region, at)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(want)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range u.Query() {
		if got[strings.ToLower(name)] != values[0] {
			t.Errorf("%s is %q, want %q", name, got[strings.ToLower(name)], values[0])
		}
	}
	if got["host"] != host || got["version"] != "2020_10_22" || got["user-agent"] != "kdeck" {
		t.Errorf("sent %s", sent)
	}
	return key
}

func TestSignsForMSK(t *testing.T) {
	withCredentials(t)
	cluster, c := startCluster(t)
	cluster.ControlKey(kmsg.SASLHandshake.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		return req.ResponseKind(), nil, true
	})
	sent := make(chan []byte, 10)
	cluster.ControlKey(kmsg.SASLAuthenticate.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		sent <- bytes.Clone(req.(*kmsg.SASLAuthenticateRequest).SASLAuthBytes)
		resp := req.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		resp.SASLAuthBytes = []byte(`{"version":"2020_10_22","request-id":"1"}`)
		return resp, nil, true
	})
	c.SASL = &SASL{Mechanism: "AWS_MSK_IAM", AWS: &AWS{Profile: "ops"}}
	got, err := check(t.Context(), c)
	if err != nil || got.names() != "DNS TCP SASL ApiVersions Metadata Brokers" || !strings.Contains(got.String(), "AWS_MSK_IAM as ops") {
		t.Fatalf("%v\n%s", err, got)
	}
	if key := verifySignature(t, <-sent, "127.0.0.1", "eu-central-1", "ops-secret", "ops-session"); key != "AKIDOPS" {
		t.Errorf("signed with %q", key)
	}

	// The environment is the default, and the region stands in the name of the host.
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "env-secret")
	mechanism, err := (&SASL{Mechanism: "AWS_MSK_IAM"}).mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const host = "b-1.demo.abc.c2.kafka.ap-southeast-2.amazonaws.com"
	_, message, err := mechanism.Authenticate(t.Context(), host+":9098")
	if err != nil {
		t.Fatal(err)
	}
	if key := verifySignature(t, message, host, "ap-southeast-2", "env-secret", ""); key != "AKIDENV" {
		t.Errorf("signed with %q", key)
	}
}

func TestCheckTellsOfCredentialsOfAWS(t *testing.T) {
	withCredentials(t)
	_, c := startCluster(t)
	for want, aws := range map[string]*AWS{
		"SASL failed: no signature: get credentials of AWS: ":  nil,
		"SASL failed: no signature: find credentials of AWS: ": {Profile: "nobody"},
	} {
		c.SASL = &SASL{Mechanism: "AWS_MSK_IAM", AWS: aws}
		got, err := check(t.Context(), c)
		if err == nil || !strings.Contains(got.String(), want) || !strings.Contains(got.String(), "aws sts get-caller-identity") {
			t.Errorf("%v\n%s", err, got)
		}
	}
}

// The token service is asked for the role, with the credentials of the profile.
func TestAssumesARole(t *testing.T) {
	withCredentials(t)
	asked := make(chan url.Values, 1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		asked <- r.Form
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`))
	}))
	t.Cleanup(service.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", service.URL)
	s := &SASL{Mechanism: "AWS_MSK_IAM", AWS: &AWS{Profile: "ops", Role: "arn:aws:iam::1:role/r", RoleSession: "me", ExternalID: "x"}}
	mechanism, err := s.mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, message, err := mechanism.Authenticate(t.Context(), "h:9098")
	if err != nil {
		t.Fatal(err)
	}
	if key := verifySignature(t, message, "h", "eu-central-1", "role-secret", "role-session"); key != "ASIAROLE" {
		t.Errorf("signed with %q", key)
	}
	if form := <-asked; form.Get("RoleArn") != s.AWS.Role || form.Get("RoleSessionName") != "me" || form.Get("ExternalId") != "x" {
		t.Errorf("asked for %v", form)
	}
}
