package lmnop.provider.kubernetes;

/**
 * A workload by its name.
 *
 * @param namespace of the provider API: an owner
 */
record WorkloadKey(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
