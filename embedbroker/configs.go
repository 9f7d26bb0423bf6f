package embedbroker

import (
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// fixedConfigs are broker configs that clients may not change: the engine makes
// timers of them without a look, and its own cleaner, which is not safe against
// a crash, must not run (see janitor).
func fixedConfigs() map[string]string {
	return map[string]string{
		"log.cleaner.backoff.ms":              "3153600000000", // a century
		"offsets.retention.check.interval.ms": "600000",
	}
}

// checkTopicConfig returns what is wrong with the value of a topic config, ""
// if nothing is. A number that is none would count as 0 in the engine, and a
// retention of 0 deletes all.
func checkTopicConfig(name string, value *string) string {
	least, number := topicNumbers()[name]
	if !number || value == nil {
		return ""
	}
	n, err := strconv.ParseInt(*value, 10, 64)
	if err != nil || n < least {
		return fmt.Sprintf("invalid value %q for configuration %s: must be a number of at least %d", *value, name, least)
	}
	return ""
}

// topicNumbers are the topic configs whose numbers the engine acts on, with the
// least value that Kafka accepts.
func topicNumbers() map[string]int64 {
	return map[string]int64{
		"retention.ms":        -1,
		"retention.bytes":     -1,
		"segment.bytes":       14,
		"segment.ms":          1,
		"max.message.bytes":   0,
		"delete.retention.ms": 0,
		"min.insync.replicas": 1,
	}
}

// checkConfig returns what is wrong with setting a config of a resource.
func checkConfig(kind kmsg.ConfigResourceType, name string, value *string) string {
	switch kind {
	case kmsg.ConfigResourceTypeTopic:
		return checkTopicConfig(name, value)
	case kmsg.ConfigResourceTypeBroker, kmsg.ConfigResourceTypeBrokerLogger:
		if _, fixed := fixedConfigs()[name]; fixed {
			return fmt.Sprintf("configuration %s cannot be changed here", name)
		}
	}
	return ""
}

// alterConfigs refuses a request with a value that would harm. AlterConfigs
// sets what it does not name to the default, so what is fixed is added.
func alterConfigs(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.AlterConfigsRequest)
	for i := range req.Resources {
		res := &req.Resources[i]
		for _, c := range res.Configs {
			if why := checkConfig(res.ResourceType, c.Name, c.Value); why != "" {
				return refuseAlterConfigs(req, why), nil, nil
			}
		}
		if res.ResourceType != kmsg.ConfigResourceTypeBroker {
			continue
		}
		for name, value := range fixedConfigs() {
			c := kmsg.NewAlterConfigsRequestResourceConfig()
			c.Name, c.Value = name, &value
			res.Configs = append(res.Configs, c)
		}
	}
	return nil, req, nil
}

func refuseAlterConfigs(req *kmsg.AlterConfigsRequest, why string) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.AlterConfigsResponse)
	for i := range req.Resources {
		r := kmsg.NewAlterConfigsResponseResource()
		r.ResourceType, r.ResourceName = req.Resources[i].ResourceType, req.Resources[i].ResourceName
		r.ErrorCode, r.ErrorMessage = kerr.InvalidConfig.Code, &why
		resp.Resources = append(resp.Resources, r)
	}
	return resp
}

// incrementalAlterConfigs refuses a request with a value that would harm.
func incrementalAlterConfigs(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	req := r.(*kmsg.IncrementalAlterConfigsRequest)
	for i := range req.Resources {
		res := &req.Resources[i]
		for _, c := range res.Configs {
			if why := checkConfig(res.ResourceType, c.Name, c.Value); why != "" {
				return refuseIncremental(req, why), nil, nil
			}
		}
	}
	return nil, nil, nil
}

func refuseIncremental(req *kmsg.IncrementalAlterConfigsRequest, why string) kmsg.Response {
	resp := req.ResponseKind().(*kmsg.IncrementalAlterConfigsResponse)
	for i := range req.Resources {
		r := kmsg.NewIncrementalAlterConfigsResponseResource()
		r.ResourceType, r.ResourceName = req.Resources[i].ResourceType, req.Resources[i].ResourceName
		r.ErrorCode, r.ErrorMessage = kerr.InvalidConfig.Code, &why
		resp.Resources = append(resp.Resources, r)
	}
	return resp
}
