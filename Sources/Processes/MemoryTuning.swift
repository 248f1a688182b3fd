import CLinux

/// Tells the allocator to keep what has been freed, large blocks included.
///
/// Windows make and drop the same large buffers over and over; by default glibc maps each afresh, and
/// the kernel clears every page of it again. Call it once, before the first large allocation.
package func keepFreedMemory() {
    _ = mallopt(M_MMAP_THRESHOLD, 1 << 30)
    _ = mallopt(M_TRIM_THRESHOLD, 1 << 30)
    _ = mallopt(M_TOP_PAD, 1 << 20)
}
