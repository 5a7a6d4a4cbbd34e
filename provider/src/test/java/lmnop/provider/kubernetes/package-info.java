/** Tests of the Kubernetes engine, against a mock of an API server with controllers of ours. */
@NullMarked
package lmnop.provider.kubernetes;

import org.jspecify.annotations.NullMarked;
