package replicas

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// coordinatedKeys are the groups or transactional ids that a request is about.
func coordinatedKeys(r kmsg.Request) []string {
	switch req := r.(type) {
	case *kmsg.OffsetCommitRequest:
		return []string{req.Group}
	case *kmsg.JoinGroupRequest:
		return []string{req.Group}
	case *kmsg.HeartbeatRequest:
		return []string{req.Group}
	case *kmsg.LeaveGroupRequest:
		return []string{req.Group}
	case *kmsg.SyncGroupRequest:
		return []string{req.Group}
	case *kmsg.OffsetDeleteRequest:
		return []string{req.Group}
	case *kmsg.TxnOffsetCommitRequest:
		return []string{req.Group}
	case *kmsg.ConsumerGroupHeartbeatRequest:
		return []string{req.Group}
	case *kmsg.ShareGroupHeartbeatRequest:
		return []string{req.GroupID}
	case *kmsg.AlterShareGroupOffsetsRequest:
		return []string{req.GroupID}
	case *kmsg.DeleteShareGroupOffsetsRequest:
		return []string{req.GroupID}
	case *kmsg.AddOffsetsToTxnRequest:
		return []string{req.TransactionalID}
	case *kmsg.EndTxnRequest:
		return []string{req.TransactionalID}
	case *kmsg.AddPartitionsToTxnRequest:
		return []string{req.TransactionalID}
	case *kmsg.InitProducerIDRequest:
		if req.TransactionalID != nil {
			return []string{*req.TransactionalID}
		}
	case *kmsg.DescribeGroupsRequest:
		return req.Groups
	case *kmsg.DeleteGroupsRequest:
		return req.Groups
	case *kmsg.ConsumerGroupDescribeRequest:
		return req.Groups
	case *kmsg.ShareGroupDescribeRequest:
		return req.GroupIDs
	case *kmsg.DescribeTransactionsRequest:
		return req.TransactionalIDs
	case *kmsg.DescribeShareGroupOffsetsRequest:
		return names(req.Groups, func(g kmsg.DescribeShareGroupOffsetsRequestGroup) string { return g.GroupID })
	case *kmsg.OffsetFetchRequest:
		if req.Version < 8 {
			return []string{req.Group}
		}
		return names(req.Groups, func(g kmsg.OffsetFetchRequestGroup) string { return g.Group })
	}
	return nil
}

func names[T any](items []T, name func(T) string) []string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = name(item)
	}
	return all
}

// onlyKeys returns a request about those of its groups or transactional ids that
// keep accepts, nil when there are none.
func onlyKeys(r kmsg.Request, keep func(string) bool) kmsg.Request {
	kept := slices.DeleteFunc(slices.Clone(coordinatedKeys(r)), func(key string) bool { return !keep(key) })
	if len(kept) == 0 {
		return nil
	}
	switch req := r.(type) {
	case *kmsg.DescribeGroupsRequest:
		part := *req
		part.Groups = kept
		return &part
	case *kmsg.DeleteGroupsRequest:
		part := *req
		part.Groups = kept
		return &part
	case *kmsg.ConsumerGroupDescribeRequest:
		part := *req
		part.Groups = kept
		return &part
	case *kmsg.ShareGroupDescribeRequest:
		part := *req
		part.GroupIDs = kept
		return &part
	case *kmsg.DescribeTransactionsRequest:
		part := *req
		part.TransactionalIDs = kept
		return &part
	case *kmsg.DescribeShareGroupOffsetsRequest:
		part := *req
		part.Groups = slices.DeleteFunc(slices.Clone(req.Groups), func(g kmsg.DescribeShareGroupOffsetsRequestGroup) bool { return !keep(g.GroupID) })
		return &part
	case *kmsg.OffsetFetchRequest:
		if req.Version < 8 {
			return req
		}
		part := *req
		part.Groups = slices.DeleteFunc(slices.Clone(req.Groups), func(g kmsg.OffsetFetchRequestGroup) bool { return !keep(g.Group) })
		return &part
	}
	return r
}

// mergeAnswers adds the answers about other groups or transactional ids.
func mergeAnswers(all, more kmsg.Response) kmsg.Response {
	switch resp := more.(type) {
	case *kmsg.DescribeGroupsResponse:
		if all, ok := all.(*kmsg.DescribeGroupsResponse); ok {
			resp.Groups = append(all.Groups, resp.Groups...)
		}
	case *kmsg.DeleteGroupsResponse:
		if all, ok := all.(*kmsg.DeleteGroupsResponse); ok {
			resp.Groups = append(all.Groups, resp.Groups...)
		}
	case *kmsg.ConsumerGroupDescribeResponse:
		if all, ok := all.(*kmsg.ConsumerGroupDescribeResponse); ok {
			resp.Groups = append(all.Groups, resp.Groups...)
		}
	case *kmsg.ShareGroupDescribeResponse:
		if all, ok := all.(*kmsg.ShareGroupDescribeResponse); ok {
			resp.Groups = append(all.Groups, resp.Groups...)
		}
	case *kmsg.DescribeTransactionsResponse:
		if all, ok := all.(*kmsg.DescribeTransactionsResponse); ok {
			resp.TransactionStates = append(all.TransactionStates, resp.TransactionStates...)
		}
	case *kmsg.DescribeShareGroupOffsetsResponse:
		if all, ok := all.(*kmsg.DescribeShareGroupOffsetsResponse); ok {
			resp.Groups = append(all.Groups, resp.Groups...)
		}
	case *kmsg.OffsetFetchResponse:
		if all, ok := all.(*kmsg.OffsetFetchResponse); ok {
			resp.Groups = append(all.Groups, resp.Groups...)
		}
	}
	return more
}
