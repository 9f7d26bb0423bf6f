package records

import (
	"errors"
	"fmt"
	"math"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kdeck/kdeck/cmd/kdeck/kit/option"
	"github.com/kdeck/kdeck/kafka/serde"
)

// encodeFlags say in which form, and by which schema, keys and values are written.
type encodeFlags struct {
	value, key option.Choice
	schemaID   int
	subject    string
	version    int
	message    string
}

func (f *encodeFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	f.value, f.key = forms(), forms()
	f.value.Register(cmd, "as", "", "write values as")
	f.key.Register(cmd, "key-as", "", "write keys as")
	flags.IntVar(&f.schemaID, "schema-id", 0, "write values by the schema with this ID")
	flags.StringVar(&f.subject, "subject", "", "write values by the schema of SUBJECT (default: TOPIC-value)")
	flags.IntVar(&f.version, "schema-version", 0, "the VERSION of the subject (default: the newest)")
	flags.StringVar(&f.message, "message", "", "write values as the Protobuf message NAME (default: the first)")
	cmd.MarkFlagsMutuallyExclusive("schema-id", "subject")
	cmd.MarkFlagsMutuallyExclusive("schema-id", "schema-version")
	earlier := map[string]string{"encode": "as", "encode-key": "key-as"} // which scripts may have
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if now, ok := earlier[name]; ok {
			name = now
		}
		return pflag.NormalizedName(name)
	})
}

// specs checks the flags.
func (f *encodeFlags) specs() (key, value serde.Spec, err error) {
	key.Form, value.Form = serde.Form(f.key.String()), serde.Form(f.value.String())
	named := f.schemaID != 0 || f.subject != "" || f.version != 0
	switch {
	case f.schemaID < 0 || f.schemaID > math.MaxInt32:
		return key, value, fmt.Errorf("--schema-id %d: want the id of a schema in the registry, from 1 on", f.schemaID)
	case f.version < 0:
		return key, value, fmt.Errorf("--schema-version %d: want a version of the subject, from 1 on", f.version)
	case named && value.Form != serde.Auto && value.Form != serde.Framed:
		return key, value, fmt.Errorf("--schema-id, --subject and --schema-version are for --as %s, not %s", serde.Framed, value.Form)
	case f.message != "" && value.Form != serde.Auto && value.Form != serde.Framed && value.Form != serde.Protobuf:
		return key, value, errors.New("--message is for Protobuf: --as registry or protobuf")
	}
	value.SchemaID, value.Subject, value.Version, value.Message = f.schemaID, f.subject, f.version, f.message
	return key, value, nil
}
