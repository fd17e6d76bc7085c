"""The post office: what reaches people, notices for now. It promises that nothing sent is lost or said twice."""
