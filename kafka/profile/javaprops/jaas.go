package javaprops

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// LoginModule is what sasl.jaas.config holds: a class name and its options.
type LoginModule struct {
	Class   string
	Options map[string]string
}

// ParseJAAS reads "CLASS FLAG key=value … ;", the form that Kafka's clients
// take in sasl.jaas.config (KIP-85). Errors never quote the value of an option.
func ParseJAAS(text string) (LoginModule, error) {
	tokens, err := jaasTokens(text)
	if err != nil {
		return LoginModule{}, err
	}
	if len(tokens) < 2 || tokens[0].mark || tokens[1].mark {
		return LoginModule{}, errors.New("write a login module class, required, its options and a semicolon")
	}
	module := LoginModule{Class: tokens[0].text, Options: map[string]string{}}
	switch flag := strings.ToLower(tokens[1].text); flag {
	case "required", "requisite", "sufficient", "optional":
	default:
		return LoginModule{}, errors.New("after the login module class comes required")
	}
	rest := tokens[2:]
	for len(rest) > 0 && !rest[0].is(";") {
		if len(rest) < 3 || rest[0].mark || !rest[1].is("=") || rest[2].mark {
			return LoginModule{}, fmt.Errorf("after option %d comes no name=\"value\" and no semicolon at the end", len(module.Options))
		}
		name := rest[0].text
		if _, twice := module.Options[name]; twice {
			return LoginModule{}, fmt.Errorf("option %q is there twice", name)
		}
		module.Options[name] = rest[2].text
		rest = rest[3:]
	}
	switch {
	case len(rest) == 0:
		return LoginModule{}, errors.New("the semicolon at the end is missing")
	case len(rest) > 1:
		return LoginModule{}, errors.New("there is more after the semicolon; only one login module is possible")
	}
	return module, nil
}

// jaasToken is a word, a quoted string, or a mark: '=' or ';'.
type jaasToken struct {
	text string
	mark bool
}

func (t jaasToken) is(mark string) bool { return t.mark && t.text == mark }

func jaasTokens(text string) ([]jaasToken, error) {
	var tokens []jaasToken
	for {
		text = strings.TrimLeft(text, " \t\r\n\f")
		switch {
		case text == "":
			return tokens, nil
		case text[0] == '=' || text[0] == ';':
			tokens = append(tokens, jaasToken{text: text[:1], mark: true})
			text = text[1:]
		case text[0] == '"' || text[0] == '\'':
			value, rest, err := jaasQuoted(text)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, jaasToken{text: value})
			text = rest
		default:
			end := strings.IndexAny(text, " \t\r\n\f=;\"'")
			if end < 0 {
				end = len(text)
			}
			tokens = append(tokens, jaasToken{text: text[:end]})
			text = text[end:]
		}
	}
}

// jaasQuoted reads a quoted string with the escapes of Java's StreamTokenizer:
// \n \t \r \f \b \a \v, up to three octal digits, and else the character itself.
func jaasQuoted(text string) (value, rest string, err error) {
	quote := text[0]
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == quote:
			return out.String(), text[i+1:], nil
		case c != '\\':
			out.WriteByte(c)
		case i+1 < len(text):
			r, size := jaasEscape(text[i+1:])
			out.WriteRune(r)
			i += size
		}
	}
	return "", "", errors.New("a quote is not closed")
}

// jaasEscape reads what follows a backslash and returns its length in bytes.
func jaasEscape(s string) (rune, int) {
	if i := strings.IndexByte(`abfnrtv`, s[0]); i >= 0 {
		return rune("\a\b\f\n\r\t\v"[i]), 1
	}
	if s[0] < '0' || s[0] > '7' {
		return utf8.DecodeRuneInString(s)
	}
	limit := 3
	if s[0] > '3' {
		limit = 2 // an octal escape is one byte at most
	}
	value, n := rune(0), 0
	for n < limit && n < len(s) && s[n] >= '0' && s[n] <= '7' {
		value = value*8 + rune(s[n]-'0')
		n++
	}
	return value, n
}
