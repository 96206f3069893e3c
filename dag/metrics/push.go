package metrics

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/prometheus/client_golang/prometheus/push"
)

// Push hands the metrics to a Pushgateway, for a program that ends before it is asked: those that the
// gateway has of the same job are replaced. The error does not have the address, which may hold a password.
func (c *Collector) Push(ctx context.Context, gateway, job string) error {
	err := push.New(gateway, job).Collector(c).PushContext(ctx)
	var at *url.Error
	if errors.As(err, &at) {
		err = at.Err
	}
	if err != nil {
		return fmt.Errorf("metrics: push: %w", err)
	}
	return nil
}
