"""Tracking answers in the shapes that carriers use; numbers, places and people are invented."""

UPS_LIKE = {
    "trackResponse": {
        "shipment": [
            {
                "inquiryNumber": "1Z0000000000000001",
                "package": [
                    {
                        "trackingNumber": "1Z0000000000000001",
                        "deliveryDate": [{"type": "DEL", "date": "20260305"}],
                        "deliveryTime": {"startTime": "", "endTime": "141500", "type": "DEL"},
                        "currentStatus": {"description": "Delivered", "code": "011"},
                        "activity": [
                            {
                                "location": {
                                    "address": {"city": "LYON", "country": "FR"},
                                    "description": "Front Door",
                                },
                                "status": {"type": "D", "description": "DELIVERED ", "code": "F4"},
                                "date": "20260305",
                                "time": "141500",
                                "gmtDate": "20260305",
                                "gmtOffset": "+01:00",
                                "gmtTime": "13:15:00",
                            },
                            {
                                "location": {"address": {"city": "LYON", "country": "FR"}},
                                "status": {
                                    "type": "I",
                                    "description": "Out For Delivery Today",
                                    "code": "OT",
                                },
                                "date": "20260305",
                                "time": "081100",
                            },
                            {
                                "status": {
                                    "type": "M",
                                    "description": "Shipper created a label, UPS has not received the package yet. ",
                                },
                                "date": "20260302",
                                "time": "183000",
                            },
                        ],
                    }
                ],
            }
        ]
    }
}

FEDEX_LIKE = {
    "output": {
        "completeTrackResults": [
            {
                "trackingNumber": "770000000001",
                "trackResults": [
                    {
                        "latestStatusDetail": {"code": "DE", "statusByLocale": "Delivery exception"},
                        "dateAndTimes": [
                            {"type": "ESTIMATED_DELIVERY", "dateTime": "2026-03-06T20:00:00"},
                            {"type": "ACTUAL_PICKUP", "dateTime": "2026-03-01T00:00:00"},
                        ],
                        "scanEvents": [
                            {
                                "date": "2026-03-05T13:54:00-05:00",
                                "eventType": "DE",
                                "eventDescription": "Delivery exception",
                                "exceptionCode": "08",
                                "exceptionDescription": "Customer not available or business closed",
                                "scanLocation": {"city": "Albany", "stateOrProvinceCode": "NY"},
                                "derivedStatus": "Delivery exception",
                            },
                            {
                                "date": "2026-03-05T08:01:00-05:00",
                                "eventType": "OD",
                                "eventDescription": "On FedEx vehicle for delivery",
                                "scanLocation": {"city": "Albany"},
                            },
                            {
                                "date": "2026-03-01T16:00:00-05:00",
                                "eventType": "PU",
                                "eventDescription": "Picked up",
                            },
                        ],
                        "standardTransitTimeWindow": {"window": {"ends": "2026-03-06T20:00:00"}},
                    }
                ],
            }
        ]
    }
}

DHL_EXPRESS_LIKE = """<?xml version="1.0" encoding="UTF-8"?>
<req:TrackingResponse xmlns:req="http://www.example.com">
  <AWBInfo>
    <AWBNumber>8000000001</AWBNumber>
    <ShipmentInfo>
      <OriginServiceArea><Description>HONG KONG - HONG KONG</Description></OriginServiceArea>
      <ShipmentDate>2026-03-01T09:00:00</ShipmentDate>
      <ShipmentEvent>
        <Date>2026-03-01</Date><Time>10:15:00</Time>
        <ServiceEvent><EventCode>PU</EventCode><Description>Shipment picked up</Description></ServiceEvent>
        <ServiceArea><ServiceAreaCode>HKG</ServiceAreaCode><Description>HONG KONG</Description></ServiceArea>
      </ShipmentEvent>
      <ShipmentEvent>
        <Date>2026-03-03</Date><Time>07:20:00</Time>
        <ServiceEvent><EventCode>RR</EventCode><Description>Customs status updated</Description></ServiceEvent>
        <ServiceArea><ServiceAreaCode>LEJ</ServiceAreaCode><Description>LEIPZIG - GERMANY</Description></ServiceArea>
      </ShipmentEvent>
      <ShipmentEvent>
        <Date>2026-03-04</Date><Time>11:40:00</Time>
        <ServiceEvent><EventCode>OK</EventCode><Description>Delivered - Signed for by</Description></ServiceEvent>
        <Signatory>MEYER</Signatory>
      </ShipmentEvent>
    </ShipmentInfo>
  </AWBInfo>
</req:TrackingResponse>"""

CANADA_POST_LIKE = """<tracking-detail>
  <pin>7000000000000001</pin>
  <expected-delivery-date>2026-03-06</expected-delivery-date>
  <significant-events>
    <occurrence>
      <event-identifier>1496</event-identifier><event-date>2026-03-05</event-date><event-time>11:59:59</event-time>
      <event-time-zone>EST</event-time-zone>
      <event-description>Item successfully delivered</event-description>
      <signatory-name/><event-site>SAINTE-FOY</event-site><event-province>QC</event-province>
    </occurrence>
    <occurrence>
      <event-identifier>174</event-identifier><event-date>2026-03-05</event-date><event-time>08:27:43</event-time>
      <event-time-zone>EST</event-time-zone>
      <event-description>Item has been sent out for delivery</event-description>
      <event-site>SAINTE-FOY</event-site>
    </occurrence>
  </significant-events>
</tracking-detail>"""

TNT_LIKE = """<TrackResponse>
  <Consignment access="public">
    <ConsignmentNumber>100000001</ConsignmentNumber>
    <SummaryCode>DEL</SummaryCode>
    <StatusData>
      <StatusCode>OK</StatusCode><StatusDescription><![CDATA[Delivered In Good Condition.]]></StatusDescription>
      <LocalEventDate format="YYYYMMDD">20260304</LocalEventDate><LocalEventTime format="HHMM">1130</LocalEventTime>
      <Depot>PAR</Depot><DepotName>Paris Express</DepotName>
    </StatusData>
    <StatusData>
      <StatusCode>OD</StatusCode><StatusDescription><![CDATA[Out For Delivery.]]></StatusDescription>
      <LocalEventDate format="YYYYMMDD">20260304</LocalEventDate><LocalEventTime format="HHMM">0912</LocalEventTime>
      <DepotName>Paris Express</DepotName>
    </StatusData>
  </Consignment>
</TrackResponse>"""

DPD_LIKE = """<getTrackingDataResponse><trackingresult>
  <shipmentInfo><receiver/><predictedDeliveryDate>05.03.2026</predictedDeliveryDate></shipmentInfo>
  <statusInfo>
    <status>ACCEPTED</status>
    <label><content>Parcel handed to DPD</content><bold>false</bold></label>
    <description><content><content>The parcel was handed over by the consignor.</content></content></description>
    <statusHasBeenReached>true</statusHasBeenReached><isCurrentStatus>false</isCurrentStatus>
    <location><content>Mechelen (BE)</content></location><date><content>04.03.2026</content></date>
  </statusInfo>
  <statusInfo>
    <status>DELIVERED</status><label><content>Parcel delivered</content></label>
    <statusHasBeenReached>false</statusHasBeenReached><date><content>05.03.2026</content></date>
  </statusInfo>
</trackingresult></getTrackingDataResponse>"""

PUROLATOR_LIKE = """<Envelope><Body><TrackPackagesByPinResponse><TrackingInformationList><TrackingInformation>
  <PIN><Value>3000000000001</Value></PIN>
  <Scans>
    <Scan><ScanType>Delivery</ScanType><PIN><Value>3000000000001</Value></PIN><Depot><Name>Toronto</Name></Depot>
      <ScanDate>2026-03-04</ScanDate><ScanTime>172300</ScanTime><Description>Shipment delivered to</Description></Scan>
    <Scan><ScanType>ProofOfPickUp</ScanType><Depot><Name>Montreal</Name></Depot>
      <ScanDate>2026-03-03</ScanDate><ScanTime>074500</ScanTime><Description>Picked up by us at</Description></Scan>
  </Scans>
</TrackingInformation></TrackingInformationList></TrackPackagesByPinResponse></Body></Envelope>"""

ARAMEX_LIKE = """<ShipmentTrackingResponse><TrackingResults><KeyValue><Key>500000001</Key><Value>
  <TrackingResult>
    <WaybillNumber>500000001</WaybillNumber><UpdateCode>SH006</UpdateCode>
    <UpdateDescription>Collected by Consignee</UpdateDescription>
    <UpdateDateTime>2026-03-04T12:00:00</UpdateDateTime><UpdateLocation>Dubai</UpdateLocation><Comments/>
  </TrackingResult>
  <TrackingResult>
    <WaybillNumber>500000001</WaybillNumber><UpdateCode>SH033</UpdateCode>
    <UpdateDescription>Attempted Delivery - Consignee Not Available</UpdateDescription>
    <UpdateDateTime>2026-03-03T12:00:00</UpdateDateTime><UpdateLocation>Dubai</UpdateLocation>
  </TrackingResult>
</Value></KeyValue></TrackingResults></ShipmentTrackingResponse>"""

ROYAL_MAIL_LIKE = {
    "mailPieces": {
        "mailPieceId": "090000000001GB",
        "summary": {
            "lastEventCode": "EVNMI",
            "lastEventName": "Forwarded - Mis-sort",
            "lastEventDateTime": "2026-03-04T10:04:00+00:00",
            "statusDescription": "It is being redirected",
            "statusCategory": "IN TRANSIT",
        },
        "signature": {"recipientName": "Elliot", "signatureDateTime": "2026-03-05T17:00:01"},
        "estimatedDelivery": {"date": "2026-03-05", "startOfEstimatedWindow": "08:00:00"},
        "events": [
            {
                "eventCode": "EVNMI",
                "eventName": "Forwarded - Mis-sort",
                "eventDateTime": "2026-03-04T10:04:00+00:00",
                "locationName": "Stafford DO",
            }
        ],
    }
}

AMAZON_LIKE = {
    "trackingId": "TBA000000000001",
    "summary": {"status": "OutForDelivery"},
    "promisedDeliveryDate": "2026-03-05T21:00:00Z",
    "eventHistory": [
        {"eventCode": "ReadyForReceive", "location": {"city": "Ulm"}, "eventTime": "2026-03-04T04:00:00Z"},
        {"eventCode": "ArrivedAtCarrierFacility", "eventTime": "2026-03-04T14:00:00Z"},
        {"eventCode": "OutForDelivery", "eventTime": "2026-03-05T07:00:00Z"},
    ],
}

GEODIS_LIKE = {
    "ok": True,
    "contenu": {
        "noSuivi": "1YN00000001",
        "dateDepart": "2026-03-01",
        "listSuivis": [
            {
                "libelleSuivi": "Livraison effectuée",
                "codeSituation": "LIV",
                "libelleCentre": "LYON",
                "dateSuiviFrs": "04/03/2026",
                "heureSuiviFrs": "10h30",
            },
            {"libelleSuivi": "En cours de livraison", "dateSuiviFrs": "04/03/2026", "heureSuiviFrs": "08h05"},
        ],
    },
}

HERMES_LIKE = {
    "shipmentinfo": [
        {
            "shipmentID": "H1000000000001",
            "status": [
                {
                    "timestamp": "2026-03-04T15:30:00+01:00",
                    "code": "3500",
                    "description": "Die Sendung wurde zugestellt.",
                },
                {
                    "timestamp": "2026-03-04T08:30:00+01:00",
                    "code": "3000",
                    "description": "Die Sendung ist in Zustellung.",
                    "scanningUnit": {"name": "Depot", "city": "Ulm"},
                },
                {
                    "timestamp": "2026-03-03T17:30:00+01:00",
                    "code": "1000",
                    "description": "Die Sendung wurde Hermes elektronisch angekündigt.",
                },
            ],
        }
    ]
}

LAST_MILE_LIKE = {
    "reference": "Z20260304001",
    "status": "Out for delivery",
    "statusChangeDateTime": "2026-03-04T04:35:29Z",
}

UNDECLARED_PREFIX = """<soap:Envelope><soap:Body><ns2:event xsi:type="x">
  <ns2:when>17052026</ns2:when><ns2:hour>1539</ns2:hour><ns2:message>Out for delivery</ns2:message>
</ns2:event></soap:Body></soap:Envelope>"""

DOTNET_LIKE = {
    "Number": "AB12345678",
    "Events": [{"Status": "Delivered", "Date": "/Date(1772582400000+0000)/"}],
}

POLISH_LIKE = {
    "tracking_number": "600000000000000000000001",
    "tracking_details": [
        {"status": "delivered", "origin_status": "DOR", "datetime": "2026-03-04T12:02:00.000+01:00"},
        {"status": "out_for_delivery", "datetime": "2026-03-04T08:02:00.000+01:00"},
        {"status": "adopted_at_source_branch", "datetime": "2026-03-03T18:02:00.000+01:00"},
        {"status": "ready_to_pickup", "datetime": "2026-03-04T09:02:00.000+01:00"},
    ],
}
