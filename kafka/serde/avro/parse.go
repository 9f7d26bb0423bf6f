package avro

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// Parse compiles a schema. The references come in an order in which nothing is
// referred to before it stands there.
func Parse(text string, refs []Reference) (*Schema, error) {
	p := &parser{named: make(map[string]*node)}
	for _, ref := range refs {
		if _, err := p.text(ref.Text); err != nil {
			return nil, fmt.Errorf("compile the Avro schema %s, which it refers to: %w", ref.Name, err)
		}
	}
	root, err := p.text(text)
	if err == nil {
		err = p.settle()
	}
	if err != nil {
		return nil, fmt.Errorf("compile the Avro schema: %w", err)
	}
	finish(root, make(map[*node]bool))
	return &Schema{root: root, fingerprint: fingerprint(root)}, nil
}

// parser reads schemas that share their named types.
type parser struct {
	named   map[string]*node // by full name
	pending []pending
}

// pending is a name that was used before its type: it may stand further down.
type pending struct {
	name, namespace string
	at              **node
}

func (p *parser) text(text string) (*node, error) {
	parsed, err := jsonvalue.Parse([]byte(text))
	if err != nil && strings.ContainsAny(text, "\"[{ ") {
		return nil, err
	}
	if err != nil {
		parsed = jsonvalue.Value{Kind: jsonvalue.String, Text: text} // a bare name
	}
	root := new(*node)
	err = p.read(&parsed, "", root, 0)
	if err == nil && *root == nil { // a name alone: one of a reference
		err = p.settle()
	}
	return *root, err
}

// maxSchemaDepth bounds schemas in schemas.
const maxSchemaDepth = 500

// read sets what a schema says, or keeps its name for later.
func (p *parser) read(v *jsonvalue.Value, namespace string, at **node, depth int) error {
	if depth > maxSchemaDepth {
		return errTooDeep
	}
	switch v.Kind {
	case jsonvalue.String:
		p.refer(v.Text, namespace, at)
		return nil
	case jsonvalue.Array:
		n := &node{kind: unionKind, branches: make([]*node, len(v.Items))}
		*at = n
		if len(v.Items) == 0 {
			return errors.New("a union has no branch")
		}
		for i := range v.Items {
			if err := p.read(&v.Items[i], namespace, &n.branches[i], depth+1); err != nil {
				return err
			}
		}
		return nil
	case jsonvalue.Object:
		return p.object(v, namespace, at, depth)
	}
	return errors.New("a type is neither a name nor an object nor a list")
}

func (p *parser) object(v *jsonvalue.Value, namespace string, at **node, depth int) error {
	kindOf := v.Get("type")
	switch {
	case kindOf == nil:
		return errors.New(`a type has no "type"`)
	case kindOf.Kind != jsonvalue.String: // {"type": {"type": "int"}}
		return p.read(kindOf, namespace, at, depth+1)
	}
	n := new(node)
	switch kindOf.Text {
	case "record", "error":
		n.kind = recordKind
		*at = n
		return p.record(n, v, p.define(n, v, namespace), depth)
	case "enum":
		n.kind = enumKind
		p.define(n, v, namespace)
		for _, symbol := range list(v.Get("symbols")) {
			n.symbols = append(n.symbols, symbol.Text)
		}
	case "fixed":
		size, ok := whole(v.Get("size"))
		if !ok || size < 0 || size > math.MaxInt32 {
			return errors.New("a fixed has no size")
		}
		n.kind, n.size = fixedKind, int(size)
		p.define(n, v, namespace)
	case "array", "map":
		n.kind = arrayKind
		item := v.Get("items")
		if kindOf.Text == "map" {
			n.kind, item = mapKind, v.Get("values")
		}
		*at = n
		if item == nil {
			return fmt.Errorf("the items of a type %s have no type", kindOf.Text)
		}
		return p.read(item, namespace, &n.item, depth+1)
	default:
		k, ok := primitive(kindOf.Text)
		if !ok { // {"type": "shop.Order"}
			p.refer(kindOf.Text, namespace, at)
			return nil
		}
		n.kind = k
	}
	n.setLogical(v)
	*at = n
	return nil
}

func list(v *jsonvalue.Value) []jsonvalue.Value {
	if v == nil {
		return nil
	}
	return v.Items
}

// define gives a type its full name, and returns the namespace that holds inside of
// it. A name with dots is a full one, whatever the namespace beside it.
func (p *parser) define(n *node, v *jsonvalue.Value, namespace string) string {
	if own := v.Get("namespace"); own != nil && own.Kind == jsonvalue.String {
		namespace = own.Text
	}
	name := ""
	if own := v.Get("name"); own != nil {
		name = own.Text
	}
	if at := strings.LastIndexByte(name, '.'); at >= 0 {
		namespace, name = name[:at], name[at+1:]
	}
	n.name = join(namespace, name)
	p.named[n.name] = n
	return namespace
}

func join(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "." + name
}

func (p *parser) record(n *node, v *jsonvalue.Value, namespace string, depth int) error {
	fields := list(v.Get("fields"))
	n.fields = make([]field, len(fields)) // which does not move: names may be pending
	seen := make(map[string]bool, len(fields))
	for i := range fields {
		f := &n.fields[i]
		name, kindOf := fields[i].Get("name"), fields[i].Get("type")
		if name == nil || kindOf == nil {
			return fmt.Errorf("a field of %s has no name or no type", n.name)
		}
		f.name, f.preset = name.Text, fields[i].Get("default")
		if seen[f.name] {
			return fmt.Errorf("%s has a field %q twice", n.name, f.name)
		}
		seen[f.name] = true
		if err := p.read(kindOf, namespace, &f.node, depth+1); err != nil {
			return fmt.Errorf("field %s of %s: %w", f.name, n.name, err)
		}
	}
	return nil
}

// refer sets the type of a name.
func (p *parser) refer(name, namespace string, at **node) {
	if *at = p.find(name, namespace); *at == nil {
		p.pending = append(p.pending, pending{name, namespace, at})
	}
}

// find resolves a name: a primitive type, a name of the enclosing namespace, or, as
// Java does, one without a namespace.
func (p *parser) find(name, namespace string) *node {
	if k, ok := primitive(name); ok {
		return &node{kind: k}
	}
	if strings.Contains(name, ".") {
		return p.named[strings.TrimPrefix(name, ".")]
	}
	if found := p.named[join(namespace, name)]; found != nil {
		return found
	}
	return p.named[name]
}

// settle resolves the names that were used before their types.
func (p *parser) settle() error {
	for _, name := range p.pending {
		if *name.at = p.find(name.name, name.namespace); *name.at == nil {
			return fmt.Errorf("there is no type %q", join(name.namespace, name.name))
		}
	}
	p.pending = nil
	return nil
}

// finish computes what unions need to know of their branches.
func finish(n *node, seen map[*node]bool) {
	if seen[n] {
		return
	}
	seen[n] = true
	for i := range n.fields {
		finish(n.fields[i].node, seen)
	}
	if n.item != nil {
		finish(n.item, seen)
	}
	for _, branch := range n.branches {
		finish(branch, seen)
	}
	n.overlaps = overlaps(n.branches)
}
