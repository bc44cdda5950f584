using System.Runtime.Versioning;

[assembly: UnsupportedOSPlatform("windows")] // File modes and the original's programs.
