package embedbroker

import (
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// noAuthorizer refuses requests for ACLs as Kafka does when no authorizer is
// configured. The engine would keep ACLs that hold nobody back.
func noAuthorizer(r kmsg.Request) (kmsg.Response, kmsg.Request, error) {
	code, why := kerr.SecurityDisabled.Code, "No Authorizer is configured."
	switch req := r.(type) {
	case *kmsg.DescribeACLsRequest:
		resp := req.ResponseKind().(*kmsg.DescribeACLsResponse)
		resp.ErrorCode, resp.ErrorMessage = code, &why
		return resp, nil, nil
	case *kmsg.CreateACLsRequest:
		resp := req.ResponseKind().(*kmsg.CreateACLsResponse)
		for range req.Creations {
			resp.Results = append(resp.Results, kmsg.CreateACLsResponseResult{ErrorCode: code, ErrorMessage: &why})
		}
		return resp, nil, nil
	case *kmsg.DeleteACLsRequest:
		resp := req.ResponseKind().(*kmsg.DeleteACLsResponse)
		for range req.Filters {
			resp.Results = append(resp.Results, kmsg.DeleteACLsResponseResult{ErrorCode: code, ErrorMessage: &why})
		}
		return resp, nil, nil
	}
	return nil, nil, nil
}
