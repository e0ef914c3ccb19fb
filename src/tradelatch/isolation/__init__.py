"""What a process gives up before it begins: privileges, core dumps, files and system calls."""
