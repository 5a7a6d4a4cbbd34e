package lmnop.provider.process;

/** A workload by its namespace and name. */
record WorkloadKey(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
