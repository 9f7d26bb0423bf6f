package produce

import (
	"fmt"
	"slices"

	"github.com/kdeck/kdeck/kafka/produce"
	"github.com/kdeck/kdeck/kafka/serde"
)

// How the partition is chosen, besides a number from 0 on.
const (
	byKey  int32 = produce.AnyPartition // by the key, or any without one
	sticky int32 = -2                   // any, whatever the key
)

// settings are all that is chosen and not written.
type settings struct {
	partition   int32
	forms       [2]serde.Form // of the key and the value
	acks        produce.Acks
	compression produce.Compression
	idempotent  bool
	transaction string // a transactional.id; "" is none
	suggested   string // the id of a transaction that is switched on
	keepTime    bool   // the timestamp of the record that is sent again
}

func newSettings(transaction string) settings {
	o := produce.Defaults()
	return settings{
		partition: byKey, forms: [2]serde.Form{serde.Auto, serde.Auto},
		acks: o.Acks, compression: o.Compression, idempotent: o.Idempotent, suggested: transaction,
	}
}

func (s settings) options() produce.Options {
	return produce.Options{Acks: s.acks, Compression: s.compression, Idempotent: s.idempotent, Transaction: s.transaction}
}

// option is a row of the settings.
type option int

const (
	partitionOption option = iota
	keyFormOption
	valueFormOption
	acksOption
	compressionOption
	idempotentOption
	transactionOption
	timeOption
	options // how many there are
)

// String is the name of the row.
func (o option) String() string {
	return [...]string{"partition", "key as", "value as", "acks", "compression", "idempotent", "transaction", "timestamp"}[o]
}

// turn takes the next or the previous choice of a row. What does not go together
// with it gives way: an idempotent producer needs acks all, and a transaction an
// idempotent producer.
func (s *settings) turn(o option, by, partitions int) {
	switch o {
	case partitionOption:
		all := []int32{byKey, sticky}
		for p := range partitions {
			all = append(all, int32(p))
		}
		s.partition = turned(all, s.partition, by)
	case keyFormOption, valueFormOption:
		side := o - keyFormOption
		s.forms[side] = turned(writable(), s.forms[side], by)
	case acksOption:
		s.acks = turned([]produce.Acks{produce.All, produce.Leader, produce.None}, s.acks, by)
		if s.acks != produce.All {
			s.idempotent, s.transaction = false, ""
		}
	case compressionOption:
		s.compression = turned(produce.Compressions(), s.compression, by)
	case idempotentOption:
		if s.idempotent = !s.idempotent; s.idempotent {
			s.acks = produce.All
		} else {
			s.transaction = ""
		}
	case transactionOption:
		if s.transaction != "" {
			s.transaction = ""
			return
		}
		s.transaction, s.idempotent, s.acks = s.suggested, true, produce.All
	case timeOption:
		s.keepTime = !s.keepTime
	}
}

// turned is the choice so many behind the present one, round and round.
func turned[T comparable](among []T, now T, by int) T {
	n := len(among)
	return among[((max(0, slices.Index(among, now))+by)%n+n)%n]
}

// writable are the forms in which a person can write.
func writable() []serde.Form {
	return slices.DeleteFunc(serde.Forms(), func(f serde.Form) bool { return f == serde.Kafka })
}

// typed takes a character in a row that has more choices than one wants to go
// through: the number of a partition, or the id of a transaction. It reports
// whether the row takes it.
func (s *settings) typed(o option, char string, partitions int) bool {
	switch o {
	case partitionOption:
		if len(char) != 1 || char[0] < '0' || char[0] > '9' {
			return false
		}
		digit := int32(char[0] - '0')
		n := digit
		if s.partition >= 0 && int(s.partition)*10+int(digit) < partitions {
			n = s.partition*10 + digit
		}
		if int(n) >= partitions {
			return false
		}
		s.partition = n
		return true
	case transactionOption:
		if s.transaction == "" {
			s.idempotent, s.acks = true, produce.All
		}
		s.transaction += char
		return true
	}
	return false
}

// erase takes the last character back, where typed has put it.
func (s *settings) erase(o option) {
	switch {
	case o == partitionOption && s.partition >= 10:
		s.partition /= 10
	case o == partitionOption:
		s.partition = byKey
	case o == transactionOption && s.transaction != "":
		runes := []rune(s.transaction)
		s.transaction = string(runes[:len(runes)-1])
	}
}

// place is where a record goes: the partition, or AnyPartition, and by what. leaders
// are those of the topic; dice chooses among them where any will do.
func (s settings) place(leaders []int32, key []byte, dice int) (partition int32, how string) {
	switch {
	case s.partition >= 0:
		return s.partition, "chosen"
	case s.partition == byKey && key != nil:
		return produce.PartitionOf(key, len(leaders)), "by the key"
	}
	var led []int32
	for p, leader := range leaders {
		if leader >= 0 {
			led = append(led, int32(p))
		}
	}
	if len(led) == 0 {
		return produce.AnyPartition, "any"
	}
	how = "any would do"
	if s.partition == byKey {
		how = "no key, any would do"
	}
	return led[dice%len(led)], how
}

// offOr is a switch in words.
func offOr(on bool, words string) string {
	if on {
		return words
	}
	return "off"
}

// partitionText is a partition in words, where it is not known yet too.
func partitionText(p int32) string {
	if p < 0 {
		return "a partition"
	}
	return fmt.Sprintf("partition %d", p)
}
