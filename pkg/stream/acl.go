package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// ACL is one right of one user on one topic or consumer group.
type ACL struct {
	// Principal is the user as the broker names it, "User:normalizer".
	Principal string
	// Resource is "topic" or "group".
	Resource string
	// Name of the topic or group.
	Name string
	// Operation is READ, WRITE, DESCRIBE or DESCRIBE_CONFIGS.
	Operation string
}

var (
	aclResources  = map[string]kafka.ResourceType{"topic": kafka.ResourceTypeTopic, "group": kafka.ResourceTypeGroup}
	aclOperations = map[string]kafka.ACLOperationType{
		"READ": kafka.ACLOperationTypeRead, "WRITE": kafka.ACLOperationTypeWrite,
		"DESCRIBE": kafka.ACLOperationTypeDescribe, "DESCRIBE_CONFIGS": kafka.ACLOperationTypeDescribeConfigs,
	}
)

// AllowACLs gives the rights, from any host. One that is given already stays;
// none is taken away.
func (a *Admin) AllowACLs(ctx context.Context, acls []ACL) error {
	req := &kafka.CreateACLsRequest{}
	for _, l := range acls {
		resource, okR := aclResources[l.Resource]
		operation, okO := aclOperations[l.Operation]
		if !okR || !okO || l.Name == "" || l.Principal == "" {
			return fmt.Errorf("right %+v: want a principal, topic or group, its name, and an operation", l)
		}
		req.ACLs = append(req.ACLs, kafka.ACLEntry{
			ResourceType: resource, ResourceName: l.Name, ResourcePatternType: kafka.PatternTypeLiteral,
			Principal: l.Principal, Host: "*", Operation: operation, PermissionType: kafka.ACLPermissionTypeAllow,
		})
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	res, err := a.conn.client.CreateACLs(ctx, req)
	if err != nil {
		return fmt.Errorf("give rights: %w", err)
	}
	var errs []error
	for i, err := range res.Errors {
		if err != nil && i < len(acls) {
			errs = append(errs, fmt.Errorf("give %s to %s on %s %s: %w", acls[i].Operation, acls[i].Principal, acls[i].Resource, acls[i].Name, err))
		}
	}
	return errors.Join(errs...)
}
