package lmnop.controlplane.git;

import java.time.Duration;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much git may ask of this machine.
 *
 * @param places requests at once, clones and pushes together
 * @param idle how long a client may send nothing in the middle of a request
 * @param time how long a request may take to arrive; the build that follows a push has its own time
 * @param keepAlive after which a pusher who waits is sent a packet that says nothing, so that no
 *     proxy on the way takes the connection for dead
 * @param freeDisk how much of the repositories' disk stays free: below it no push is taken, so that
 *     what runs has room to go on
 * @param pushes at the same time
 * @param pack what one push may send
 * @param refs branches and tags
 * @param tree the files of one commit
 */
public record GitSettings(
    @DefaultValue("200") int places,
    @DefaultValue("60s") Duration idle,
    @DefaultValue("10m") Duration time,
    @DefaultValue("5s") Duration keepAlive,
    @DefaultValue("256MB") DataSize freeDisk,
    @DefaultValue AtOnce pushes,
    @DefaultValue PackLimits pack,
    @DefaultValue RefLimits refs,
    @DefaultValue TreeLimits tree) {
  /**
   * Pushes at the same time.
   *
   * @param atOnce in all; a push counts until its build has ended
   * @param perOwner of them to one owner
   * @param receiving in all whose objects are being received and unpacked; others wait
   * @param receivingPerOwner of them to one owner
   * @param patience how long a push waits for that, and for memory
   */
  public record AtOnce(
      @DefaultValue("100") int atOnce,
      @DefaultValue("60") int perOwner,
      @DefaultValue("8") int receiving,
      @DefaultValue("4") int receivingPerOwner,
      @DefaultValue("60s") Duration patience) {}

  /**
   * What one push may send.
   *
   * @param size packed
   * @param objects as the pack announces them
   * @param objectSize of one object, unpacked
   * @param structureSize of one commit, tree or tag, which are unpacked in memory
   * @param unpackedSize of all objects together, unpacked
   * @param deltaDepth of deltas on deltas
   * @param deltaMemory for unpacking deltas, of all pushes at once; 0 is a third of the heap
   */
  public record PackLimits(
      @DefaultValue("2GB") DataSize size,
      @DefaultValue("1000000") long objects,
      @DefaultValue("32MB") DataSize objectSize,
      @DefaultValue("8MB") DataSize structureSize,
      @DefaultValue("32GB") DataSize unpackedSize,
      @DefaultValue("250") int deltaDepth,
      @DefaultValue("0B") DataSize deltaMemory) {}

  /**
   * Branches and tags.
   *
   * @param commandSize of the list of refs that one push changes
   * @param total in one repository
   * @param nameLength of one name, in bytes
   */
  public record RefLimits(
      @DefaultValue("1MB") DataSize commandSize,
      @DefaultValue("10000") int total,
      @DefaultValue("200") int nameLength) {}

  /**
   * The files of one commit.
   *
   * @param entries files and folders
   * @param depth names in one path: folders in each other, and the file
   * @param pathLength of the longest path, in bytes
   * @param size of all files together
   */
  public record TreeLimits(
      @DefaultValue("100000") int entries,
      @DefaultValue("64") int depth,
      @DefaultValue("1000") int pathLength,
      @DefaultValue("1GB") DataSize size) {}
}
