"""The parcel: waybills, scans, the scan log, the watch. It promises that an acknowledged scan is never lost."""
