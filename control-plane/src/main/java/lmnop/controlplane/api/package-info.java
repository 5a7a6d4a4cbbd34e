/**
 * The REST API below {@code /api/v1}: maps HTTP to the other features' facades. What it answers,
 * and what it takes, is written in {@code openapi.yaml}, which it serves.
 *
 * <p>Start at {@link lmnop.controlplane.api.Api}.
 */
@NullMarked
package lmnop.controlplane.api;

import org.jspecify.annotations.NullMarked;
