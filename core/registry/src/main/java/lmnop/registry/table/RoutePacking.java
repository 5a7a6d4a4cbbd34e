package lmnop.registry.table;

import java.util.List;
import java.util.Objects;
import lmnop.registry.table.FunctionRoutes.Endpoint;
import lmnop.registry.table.FunctionRoutes.Share;
import lmnop.registry.table.HostRoutes.Rule;

/**
 * The rules of a host in as few bytes as they need, in memory only: a router may know a million of
 * them, and as objects they would take several times as much. Whoever adds a component to one of
 * the records adds it to both directions; the constructors make sure of the second.
 */
final class RoutePacking {
  private RoutePacking() {}

  static byte[] pack(List<Rule> rules) {
    ByteSink sink = new ByteSink();
    sink.list(rules, RoutePacking::rule);
    return sink.bytes();
  }

  static List<Rule> unpack(byte[] packed) {
    return new ByteSource(packed).list(RoutePacking::rule);
  }

  private static void rule(ByteSink sink, Rule rule) {
    sink.text(rule.pathPrefix());
    sink.text(rule.gatewayRoute());
    sink.optional(rule.function(), RoutePacking::function);
    sink.optional(rule.expiresAt(), ByteSink::number);
  }

  private static Rule rule(ByteSource source) {
    return new Rule(
        source.text(),
        source.optionalText(),
        source.optional(RoutePacking::function),
        source.optional(ByteSource::number));
  }

  private static void function(ByteSink sink, FunctionRoutes function) {
    sink.number(function.id());
    sink.text(function.name());
    sink.text(function.owner());
    sink.optional(function.preview(), ByteSink::number);
    sink.list(function.shares(), RoutePacking::share);
    sink.list(function.tokens(), RoutePacking::token);
  }

  private static FunctionRoutes function(ByteSource source) {
    return new FunctionRoutes(
        source.number(),
        source.text(),
        source.text(),
        source.optional(ByteSource::number),
        source.list(RoutePacking::share),
        source.list(RoutePacking::token));
  }

  private static void share(ByteSink sink, Share share) {
    sink.number(share.revision());
    sink.integer(share.number());
    sink.text(share.namespace());
    sink.text(share.workload());
    sink.integer(share.weight());
    RoutePolicy policy = share.policy();
    sink.optional(policy.equals(RoutePolicy.DEFAULT) ? null : policy, RoutePacking::policy);
    sink.list(share.endpoints(), RoutePacking::endpoint);
    sink.text(share.serviceAddress());
  }

  private static Share share(ByteSource source) {
    return new Share(
        source.number(),
        source.integer(),
        source.text(),
        source.text(),
        source.integer(),
        Objects.requireNonNullElse(source.optional(RoutePacking::policy), RoutePolicy.DEFAULT),
        source.list(RoutePacking::endpoint),
        source.optionalText());
  }

  private static void endpoint(ByteSink sink, Endpoint endpoint) {
    sink.text(endpoint.instance());
    sink.text(endpoint.scheme());
    sink.text(endpoint.host());
    sink.integer(endpoint.port());
    sink.text(endpoint.pathPrefix());
    sink.text(endpoint.protocol());
  }

  private static Endpoint endpoint(ByteSource source) {
    return new Endpoint(
        source.text(),
        source.text(),
        source.text(),
        source.integer(),
        source.text(),
        source.text());
  }

  private static void token(ByteSink sink, InvokeToken token) {
    sink.text(token.sha256());
    sink.optional(token.expiresAt(), ByteSink::number);
  }

  private static InvokeToken token(ByteSource source) {
    return new InvokeToken(source.text(), source.optional(ByteSource::number));
  }

  private static void policy(ByteSink sink, RoutePolicy policy) {
    sink.optional(policy.totalTimeoutMillis(), ByteSink::number);
    sink.optional(policy.firstByteTimeoutMillis(), ByteSink::number);
    sink.optional(policy.idleTimeoutMillis(), ByteSink::number);
    sink.optional(policy.concurrencyLimit(), ByteSink::integer);
    sink.optional(policy.concurrencyQueue(), ByteSink::integer);
    sink.optional(policy.bodyLimitBytes(), ByteSink::number);
    sink.optional(policy.functionRate(), RoutePacking::rate);
    sink.optional(policy.clientRate(), RoutePacking::rate);
    sink.optional(policy.cors(), RoutePacking::cors);
    sink.optional(policy.retries(), ByteSink::truth);
    sink.optional(policy.access(), ByteSink::choice);
    sink.optional(policy.sticky(), ByteSink::choice);
  }

  private static RoutePolicy policy(ByteSource source) {
    return new RoutePolicy(
        source.optional(ByteSource::number),
        source.optional(ByteSource::number),
        source.optional(ByteSource::number),
        source.optional(ByteSource::integer),
        source.optional(ByteSource::integer),
        source.optional(ByteSource::number),
        source.optional(RoutePacking::rate),
        source.optional(RoutePacking::rate),
        source.optional(RoutePacking::cors),
        source.optional(ByteSource::truth),
        source.optional(in -> RoutePolicy.Access.valueOf(in.text())),
        source.optional(in -> RoutePolicy.Sticky.valueOf(in.text())));
  }

  private static void rate(ByteSink sink, RoutePolicy.Rate rate) {
    sink.integer(rate.requests());
    sink.number(rate.perMillis());
  }

  private static RoutePolicy.Rate rate(ByteSource source) {
    return new RoutePolicy.Rate(source.integer(), source.number());
  }

  private static void cors(ByteSink sink, RoutePolicy.Cors cors) {
    sink.list(cors.origins(), ByteSink::text);
    sink.list(cors.methods(), ByteSink::text);
    sink.list(cors.headers(), ByteSink::text);
    sink.truth(cors.credentials());
    sink.optional(cors.maxAgeSeconds(), ByteSink::number);
  }

  private static RoutePolicy.Cors cors(ByteSource source) {
    return new RoutePolicy.Cors(
        source.list(ByteSource::text),
        source.list(ByteSource::text),
        source.list(ByteSource::text),
        source.truth(),
        source.optional(ByteSource::number));
  }
}
