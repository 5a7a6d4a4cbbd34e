package lmnop.registry.names;

/** The name of an owner: by the same rule as a function's. */
public record OwnerName(String value) {
  /** The owner on a single-user installation, who never has to be typed. */
  public static final OwnerName DEFAULT = new OwnerName("default");

  public OwnerName {
    FunctionName.check("an owner", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
