package lmnop.testkit.openfaas;

/** What is behind the stand-in. */
public enum GatewayKind {
  /** faas-netes of the Community edition: five instances, fifteen functions, never none. */
  CE,
  /** faasd: one instance, which an update takes away before the next one is there. */
  FAASD,
  /** faas-netes of Standard and Enterprise. */
  PRO
}
