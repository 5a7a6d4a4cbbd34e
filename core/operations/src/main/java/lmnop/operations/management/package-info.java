/**
 * The management listener of an app: liveness, readiness, metrics and what the app adds.
 *
 * <p>May use settings and credentials. Start at {@link
 * lmnop.operations.management.ManagementServer}.
 */
@NullMarked
package lmnop.operations.management;

import org.jspecify.annotations.NullMarked;
