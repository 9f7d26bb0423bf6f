package profile

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/aws"
)

// AWS says whose credentials AWS_MSK_IAM signs with. Without any of it they come from
// where every tool of AWS finds them: the environment, ~/.aws, a single sign-on, the
// role of a container or machine.
type AWS struct {
	// Profile is one of ~/.aws/config and ~/.aws/credentials.
	Profile string `yaml:"profile,omitempty" json:"profile,omitempty"`
	// Role is the ARN of a role to assume. RoleSession names the session, and
	// RoleRegion is where to ask the token service.
	Role        string `yaml:"role,omitempty" json:"role,omitempty"`
	RoleSession string `yaml:"role-session,omitempty" json:"roleSession,omitempty"`
	RoleRegion  string `yaml:"role-region,omitempty" json:"roleRegion,omitempty"`
	ExternalID  string `yaml:"external-id,omitempty" json:"externalId,omitempty"`
}

func (a *AWS) validate() error {
	switch {
	case a.Role == "" && (a.RoleSession != "" || a.ExternalID != "" || a.RoleRegion != ""):
		return errors.New("sasl: aws: role-session, role-region and external-id need a role")
	case a.Role != "" && !strings.HasPrefix(a.Role, "arn:"):
		return fmt.Errorf("sasl: aws: role %q is not an ARN, as in arn:aws:iam::123456789012:role/NAME", shorten(a.Role))
	}
	return nil
}

// mechanism signs each login anew. The credentials are kept until they expire.
func (a *AWS) mechanism() sasl.Mechanism {
	if a == nil {
		a = &AWS{}
	}
	var once sync.Mutex // held while the source of the credentials is looked for
	var provider awssdk.CredentialsProvider
	return aws.ManagedStreamingIAM(func(ctx context.Context) (aws.Auth, error) {
		once.Lock()
		defer once.Unlock()
		if provider == nil {
			found, err := a.provider(ctx)
			if err != nil {
				return aws.Auth{}, fmt.Errorf("find credentials of AWS: %w", err)
			}
			provider = found
		}
		creds, err := provider.Retrieve(ctx)
		if err != nil {
			return aws.Auth{}, fmt.Errorf("get credentials of AWS: %w", err)
		}
		return aws.Auth{
			AccessKey: creds.AccessKeyID, SecretKey: creds.SecretAccessKey, SessionToken: creds.SessionToken,
			UserAgent: DefaultClientID,
		}, nil
	})
}

func (a *AWS) provider(ctx context.Context) (awssdk.CredentialsProvider, error) {
	var opts []func(*awsconfig.LoadOptions) error
	if a.Profile != "" {
		opts = append(opts, awsconfig.WithSharedConfigProfile(a.Profile))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return nil, err
	}
	if a.Role == "" {
		return cfg.Credentials, nil
	}
	if a.RoleRegion != "" {
		cfg.Region = a.RoleRegion
	}
	return awssdk.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), a.Role, func(o *stscreds.AssumeRoleOptions) {
		if a.RoleSession != "" {
			o.RoleSessionName = a.RoleSession
		}
		if a.ExternalID != "" {
			o.ExternalID = &a.ExternalID
		}
	})), nil
}
