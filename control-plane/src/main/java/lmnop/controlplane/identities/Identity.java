package lmnop.controlplane.identities;

/**
 * Somebody, as a provider knows him.
 *
 * @param issuer what the provider calls itself
 * @param subject what it calls him for ever
 * @param name what he is called there now; it may change, and be another's tomorrow
 */
record Identity(String issuer, String subject, String name) {}
