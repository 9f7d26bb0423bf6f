package packed

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/kdeck/kdeck/kafka/serde/jsonvalue"
)

// mostDigits bounds whole numbers that 64 bits do not hold.
const mostDigits = 10_000

// encodeNumber hands a JSON number on as what it is: a float where it is written with
// a point or an exponent.
func encodeNumber(text string, whole func(*big.Int) error, float func(float64) error) error {
	if strings.ContainsAny(text, ".eE") {
		v, err := jsonvalue.Float(text, 64)
		if err != nil {
			return err
		}
		return float(v)
	}
	n, ok := new(big.Int), len(text) <= mostDigits
	if ok {
		_, ok = n.SetString(text, 10)
	}
	if !ok {
		return fmt.Errorf("%s is no number of at most %d digits", jsonvalue.Shorten(text), mostDigits)
	}
	return whole(n)
}

func errTwice(name string) error {
	return fmt.Errorf("the name %q stands twice in an object", jsonvalue.Shorten(name))
}
