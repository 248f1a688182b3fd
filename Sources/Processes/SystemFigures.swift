import Glibc

/// What this machine allows this process, and how much of it is in use, read once.
package struct SystemFigures: Equatable, Sendable {
    /// Descriptors this process may open now (soft limit) and may raise that to (hard limit).
    package var openFilesSoft = Int.max
    package var openFilesHard = Int.max
    /// `kernel.pid_max`: process ids, one a thread.
    package var processIDsMax = Int.max
    /// `kernel.threads-max`.
    package var threadsMax = Int.max
    /// Threads of the whole machine.
    package var threadsInUse = 0
    /// RLIMIT_NPROC: threads of this user; nil when unlimited or when this user is root.
    package var userThreadsMax: Int?
    package var userThreadsInUse = 0
    /// The tightest `pids.max` among this process's cgroups; nil without one.
    package var cgroupThreadsMax: Int?
    package var cgroupThreadsInUse = 0
    /// Bytes that can be had without swapping, by the machine and its memory cgroups.
    package var memoryAvailable = Int.max
    /// `net.core.somaxconn`: connections that may wait on one listening socket.
    package var listenBacklogMax = Int.max

    /// Figures of a machine that limits nothing.
    package init() {}

    /// Reads the figures; one that cannot be read counts as no limit.
    package static func current() -> SystemFigures {
        var figures = SystemFigures()
        (figures.openFilesSoft, figures.openFilesHard) = limit(Int32(RLIMIT_NOFILE.rawValue))
        figures.processIDsMax = number(in: "/proc/sys/kernel/pid_max") ?? Int.max
        figures.threadsMax = number(in: "/proc/sys/kernel/threads-max") ?? Int.max
        figures.threadsInUse = allThreads()
        let userLimit = limit(Int32(__RLIMIT_NPROC.rawValue)).soft
        if geteuid() != 0 && userLimit != Int.max {
            figures.userThreadsMax = userLimit
            figures.userThreadsInUse = threadsOfUser(geteuid())
        }
        let pids = tightestCgroup("pids", maximum: ["pids.max"], usage: ["pids.current"])
        figures.cgroupThreadsMax = pids?.maximum
        figures.cgroupThreadsInUse = pids?.usage ?? 0
        figures.memoryAvailable = availableMemory()
        figures.listenBacklogMax = number(in: "/proc/sys/net/core/somaxconn") ?? Int.max
        return figures
    }
}

private func limit(_ resource: Int32) -> (soft: Int, hard: Int) {
    var value = rlimit()
    guard getrlimit(resource, &value) == 0 else { return (Int.max, Int.max) }
    return (Int(clamping: value.rlim_cur), Int(clamping: value.rlim_max))
}

private func number(in path: String) -> Int? {
    readSmallFile(path).flatMap { Int($0.prefix { !$0.isWhitespace }) }
}

/// The scheduler's count, the second half of the fourth field of /proc/loadavg ("1/123").
private func allThreads() -> Int {
    let fields = (readSmallFile("/proc/loadavg") ?? "").split(separator: " ")
    guard fields.count > 3, let total = fields[3].split(separator: "/").last else { return 0 }
    return Int(total) ?? 0
}

private func threadsOfUser(_ user: uid_t) -> Int {
    directoryEntries("/proc").reduce(0) { total, name in
        var status = stat()
        guard pid_t(name) != nil, stat("/proc/\(name)/task", &status) == 0, status.st_uid == user
        else { return total }
        // A directory's links are itself, its name above, and one for each subdirectory.
        return total + max(1, Int(status.st_nlink) - 2)
    }
}

private func availableMemory() -> Int {
    let machine = field("MemAvailable:", of: "/proc/meminfo").map { $0 * 1024 } ?? Int.max
    let group = tightestCgroup(
        "memory", maximum: ["memory.max", "memory.limit_in_bytes"],
        usage: ["memory.current", "memory.usage_in_bytes"], reclaimable: "inactive_file")
    return min(machine, group.map { max(0, $0.maximum - $0.usage) } ?? Int.max)
}

/// The number after `name` in a file of "name number" lines.
private func field(_ name: String, of path: String) -> Int? {
    let lines = (readSmallFile(path) ?? "").split(separator: "\n")
    let fields = lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ") ?? []
    return fields.count > 1 ? Int(fields[1]) : nil
}

/// The cgroup with the least room, from this process's own up to the root, in either hierarchy version.
private func tightestCgroup(
    _ controller: String, maximum: [String], usage: [String], reclaimable: String? = nil
) -> (maximum: Int, usage: Int)? {
    var tightest: (maximum: Int, usage: Int)?
    for directory in cgroupDirectories(controller) {
        guard let limit = firstNumber(maximum, in: directory) else { continue }
        let freeable = reclaimable.flatMap { field($0, of: directory + "/memory.stat") } ?? 0
        let used = max(0, (firstNumber(usage, in: directory) ?? 0) - freeable)
        if tightest.map({ limit - used < $0.maximum - $0.usage }) ?? true {
            tightest = (limit, used)
        }
    }
    return tightest
}

private func firstNumber(_ names: [String], in directory: String) -> Int? {
    for name in names {
        if let value = number(in: directory + "/" + name) { return value }
    }
    return nil
}

private func cgroupDirectories(_ controller: String) -> [String] {
    var directories: [String] = []
    for line in (readSmallFile("/proc/self/cgroup") ?? "").split(separator: "\n") {
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { continue }
        let isUnified = fields[0] == "0" && fields[1].isEmpty
        let isControlled = fields[1].split(separator: ",").contains(controller[...])
        guard isUnified || isControlled else { continue }
        let mount = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/\(controller)"
        var names = fields[2].split(separator: "/")
        while true {
            directories.append(mount + names.map { "/" + $0 }.joined())
            guard names.popLast() != nil else { break }
        }
    }
    return directories
}
