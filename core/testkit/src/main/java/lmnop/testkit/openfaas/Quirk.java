package lmnop.testkit.openfaas;

/** What a gateway is known to do now and then. */
public enum Quirk {
  /** The connection of a list breaks: the gateway's Prometheus is away. */
  LIST_BREAKS,
  /** A list is a refusal of the gateway's own. */
  LIST_FAILS,
  /** A list has no function at all, though there are some. */
  LIST_IS_NULL,
  /** A status is answered with an error of the provider's. */
  STATUS_FAILS,
  /** An update is answered with 200 and an empty body, and nothing is written. */
  UPDATE_DOES_NOTHING,
  /** The provider behind the gateway is away when it is asked who it is. */
  INFO_WITHOUT_PROVIDER,
  /** Somebody else answers with a page. */
  WEB_PAGE,
  /** A log that follows ends: the gateway's write timeout. */
  LOG_ENDS,
  /** Setting replicas breaks the connection. */
  SCALE_BREAKS
}
