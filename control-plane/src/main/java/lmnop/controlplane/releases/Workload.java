package lmnop.controlplane.releases;

/** What a provider runs, by its name there. */
record Workload(String namespace, String name) {
  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
